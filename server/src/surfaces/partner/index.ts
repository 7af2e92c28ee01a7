import type { AccessRoom } from '../../access/index.ts';
import type { App } from '../../kernel/index.ts';
import { authRoutes } from './auth-routes.ts';

export { partnerError, partnerStatus } from './errors.ts';

/** The partners' API (S4). */
export function partnerSurface(app: App, rooms: AccessRoom): void {
  authRoutes(app, rooms);
}
