import type { App } from '../../kernel/index.ts';
import { authRoutes } from './auth-routes.ts';
import { bookmarkRoutes } from './bookmarks/routes.ts';
import { consumerRoutes } from './consumer-routes.ts';
import type { PartnerRooms } from './rooms.ts';
import { snapshotRoutes } from './snapshots/routes.ts';
import { healthRoutes } from './streams/health-routes.ts';
import { hlsRoutes } from './streams/hls-routes.ts';
import { streamRoutes } from './streams/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export { partnerError, partnerStatus } from './errors.ts';

/** The partners' API (S4). */
export function partnerSurface(app: App, rooms: PartnerRooms): void {
  authRoutes(app, rooms);
  streamRoutes(app, rooms);
  healthRoutes(app, rooms);
  hlsRoutes(app, rooms);
  consumerRoutes(app, rooms);
  bookmarkRoutes(app, rooms);
  snapshotRoutes(app, rooms);
  webhookRoutes(app, rooms);
}
