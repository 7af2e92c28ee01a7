import type { OneTimeTickets } from '../../access/index.ts';
import type { Recordings } from '../../recordings/index.ts';
import type { Streams } from '../../streams/index.ts';
import type { System } from '../../system/index.ts';

/** What S2 translates. */
export interface ManagerRooms {
  streams: Streams;
  recordings: Recordings;
  system: System;
  tickets: OneTimeTickets;
  /** What streams that do not say otherwise use: seconds, days. */
  defaults: { segment_duration: number; retention_days: number };
  /** Folder whose volume `disk_usage` is about. */
  footagePath: string;
  /** `metrics.open_to_loopback` as it is set now. */
  metricsOpenToLoopback: () => boolean;
  engineConnected: () => boolean;
  /** Event sockets that are open. */
  eventSockets: () => number;
}
