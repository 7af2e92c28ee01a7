import type { AccessRoom } from '../../access/index.ts';
import type { App } from '../../kernel/index.ts';
import { auditRoutes } from './access/audit-routes.ts';
import { groupRoutes } from './access/group-routes.ts';
import { tokenRoutes } from './access/token-routes.ts';
import { userRoutes } from './access/user-routes.ts';
import { authRoutes } from './auth/index.ts';

export { platformError } from './errors.ts';

/** The platform's API (S3). */
export function platformSurface(app: App, rooms: AccessRoom): void {
  authRoutes(app, rooms);
  tokenRoutes(app, rooms);
  userRoutes(app, rooms);
  groupRoutes(app, rooms);
  auditRoutes(app, rooms);
}
