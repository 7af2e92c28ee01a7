import type { App } from '../../kernel/index.ts';
import { backupRoutes } from './backup-routes.ts';
import { configHistoryRoutes } from './config/history-routes.ts';
import { configRoutes } from './config/routes.ts';
import { ptzRoutes } from './devices/ptz-routes.ts';
import { deviceRoutes } from './devices/routes.ts';
import { deviceSettingsRoutes } from './devices/settings-routes.ts';
import { eventRoutes } from './events/routes.ts';
import { exportRoutes } from './export-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { metricsRoutes } from './metrics/routes.ts';
import { probeRoutes } from './probe-routes.ts';
import { recordingControlRoutes } from './recordings/control-routes.ts';
import { recordingRoutes } from './recordings/routes.ts';
import type { ManagerRooms } from './rooms.ts';
import { storageRoutes } from './storage-routes.ts';
import { streamChangeRoutes } from './streams/change-routes.ts';
import { streamCommandRoutes } from './streams/command-routes.ts';
import { publishKeyRoutes } from './streams/publish-key-routes.ts';
import { pushRoutes } from './streams/push-routes.ts';
import { streamRoutes } from './streams/routes.ts';
import { systemRoutes } from './system-routes.ts';
import { viewerRoutes } from './viewer-routes.ts';

export { managerError } from './errors.ts';
export { EventSockets } from './events/event-sockets.ts';

/** The Stream Manager API (S2). */
export function managerSurface(app: App, rooms: ManagerRooms): void {
  systemRoutes(app, rooms);
  streamRoutes(app, rooms);
  streamChangeRoutes(app, rooms);
  streamCommandRoutes(app, rooms);
  publishKeyRoutes(app, rooms);
  pushRoutes(app, rooms);
  probeRoutes(app, rooms);
  deviceRoutes(app, rooms);
  deviceSettingsRoutes(app, rooms);
  ptzRoutes(app, rooms);
  recordingRoutes(app, rooms);
  recordingControlRoutes(app, rooms);
  storageRoutes(app, rooms);
  viewerRoutes(app, rooms);
  metricsRoutes(app, rooms);
  eventRoutes(app, rooms);
  configRoutes(app, rooms);
  configHistoryRoutes(app, rooms);
  backupRoutes(app, rooms);
  jobRoutes(app, rooms);
  exportRoutes(app, rooms);
}
