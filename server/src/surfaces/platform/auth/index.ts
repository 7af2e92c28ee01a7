import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { factorRoutes } from './factor-routes.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';

/** S3's signing in, and what people do about their own account. */
export function authRoutes(app: App, rooms: AccessRoom): void {
  signInRoutes(app, rooms);
  oidcRoutes(app, rooms);
  profileRoutes(app, rooms);
  factorRoutes(app, rooms);
  sessionRoutes(app, rooms);
}
