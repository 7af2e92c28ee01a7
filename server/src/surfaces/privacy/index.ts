import type { App } from '../../kernel/index.ts';
import { findingRoutes } from './finding-routes.ts';
import type { PrivacyRooms } from './rooms.ts';
import { streamRoutes } from './stream-routes.ts';

export { privacyError } from './errors.ts';
export { OwnPort } from './own-port.ts';

/** S5: RTSP in, covered RTSP out. */
export function privacySurface(app: App, rooms: PrivacyRooms): void {
  findingRoutes(app, rooms);
  streamRoutes(app, rooms);
}
