// house: budgets exempt because each step of the schema stays a file of its own, for as long as there is a schema
import { streams } from './0001-streams.ts';
import { apiTokens } from './0002-api-tokens.ts';
import { people } from './0003-people.ts';
import { recordingSessions } from './0004-recording-sessions.ts';
import { recordingOrders } from './0005-recording-orders.ts';
import { configVersions } from './0006-config-versions.ts';
import { access } from './0007-access.ts';
import { cameraTransport } from './0008-camera-transport.ts';
import { segmentDigests } from './0009-segment-digests.ts';
import { cameraDevices } from './0010-camera-devices.ts';
import { onDemand } from './0011-on-demand.ts';
import { protectedFootage } from './0012-protected-footage.ts';
import { cameraGroups } from './0013-camera-groups.ts';
import { cameras } from './0014-cameras.ts';
import { layouts } from './0015-layouts.ts';
import { jobsAndBookmarks } from './0016-jobs-and-bookmarks.ts';
import { tiers } from './0017-tiers.ts';
import { privacy } from './0018-privacy.ts';
import { alerts } from './0019-alerts.ts';
import { pushes } from './0020-pushes.ts';
import { streamBytes } from './0021-stream-bytes.ts';
import { recordingSchedules } from './0022-recording-schedules.ts';
import { webhooks } from './0023-webhooks.ts';
import { segmentsByEnd } from './0024-segments-by-end.ts';
import { inference } from './0025-inference.ts';
import { recordingEvents } from './0026-recording-events.ts';
import { originalKeys } from './0027-original-keys.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';
export const migrations: readonly Migration[] = [
  streams,
  apiTokens,
  people,
  recordingSessions,
  recordingOrders,
  configVersions,
  access,
  cameraTransport,
  segmentDigests,
  cameraDevices,
  onDemand,
  protectedFootage,
  cameraGroups,
  cameras,
  layouts,
  jobsAndBookmarks,
  tiers,
  privacy,
  alerts,
  pushes,
  streamBytes,
  recordingSchedules,
  webhooks,
  segmentsByEnd,
  inference,
  recordingEvents,
  originalKeys,
];
