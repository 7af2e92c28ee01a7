import type { App } from '../../kernel/index.ts';
import { auditRoutes } from './access/audit-routes.ts';
import { groupRoutes } from './access/group-routes.ts';
import { tokenRoutes } from './access/token-routes.ts';
import { userRoutes } from './access/user-routes.ts';
import { alertRoutes } from './alerts/alert-routes.ts';
import { channelRoutes } from './alerts/channel-routes.ts';
import { alertRuleRoutes } from './alerts/rule-routes.ts';
import { authRoutes } from './auth/index.ts';
import { cameraChangeRoutes } from './cameras/change-routes.ts';
import { importRoutes } from './cameras/import-routes.ts';
import { cameraRoutes } from './cameras/routes.ts';
import { activityRoute } from './dashboard/activity-route.ts';
import { analyticsRoutes } from './dashboard/analytics-routes.ts';
import { statsRoutes } from './dashboard/stats-routes.ts';
import { layoutRoutes } from './layouts/routes.ts';
import { modelRoutes } from './models/routes.ts';
import { recordingChangeRoutes } from './recordings/change-routes.ts';
import { downloadRoute } from './recordings/download-route.ts';
import { recordingRoutes } from './recordings/routes.ts';
import { tierRoutes } from './recordings/tier-routes.ts';
import type { PlatformRooms } from './rooms.ts';
import { callbackRoutes } from './streaming/callback-routes.ts';
import { hlsRoutes } from './streaming/hls-routes.ts';
import { streamUrlRoutes } from './streaming/url-routes.ts';

export { platformError } from './errors.ts';
export type { MediaPorts } from './rooms.ts';

/** The platform's API (S3). */
export function platformSurface(app: App, rooms: PlatformRooms): void {
  authRoutes(app, rooms);
  tokenRoutes(app, rooms);
  userRoutes(app, rooms);
  groupRoutes(app, rooms);
  auditRoutes(app, rooms);
  cameraRoutes(app, rooms);
  cameraChangeRoutes(app, rooms);
  importRoutes(app, rooms);
  layoutRoutes(app, rooms);
  modelRoutes(app, rooms);
  streamUrlRoutes(app, rooms);
  hlsRoutes(app, rooms);
  callbackRoutes(app, rooms);
  recordingRoutes(app, rooms);
  downloadRoute(app, rooms);
  recordingChangeRoutes(app, rooms);
  tierRoutes(app, rooms);
  statsRoutes(app, rooms);
  analyticsRoutes(app, rooms);
  activityRoute(app, rooms);
  channelRoutes(app, rooms);
  alertRuleRoutes(app, rooms);
  alertRoutes(app, rooms);
}
