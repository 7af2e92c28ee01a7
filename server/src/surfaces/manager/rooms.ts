import type { OneTimeTickets } from '../../access/index.ts';
import type { Devices } from '../../cameras/onvif/index.ts';
import type { Probe } from '../../cameras/probe/index.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Settings } from '../../kernel/index.ts';
import type { Exports } from '../../recordings/exports/index.ts';
import type { ClockSteps, Recordings, SignedUrls } from '../../recordings/index.ts';
import type { Tiers } from '../../recordings/tiers/index.ts';
import type { Streams } from '../../streams/index.ts';
import type { Pushes } from '../../streams/pushes/index.ts';
import type { Viewers } from '../../streams/viewers/index.ts';
import type { Backups } from '../../system/backup/index.ts';
import type { ConfigHistory } from '../../system/config-history/index.ts';
import type { System } from '../../system/index.ts';

/** What S2 translates. */
export interface ManagerRooms {
  streams: Streams;
  viewers: Viewers;
  pushes: Pushes;
  recordings: Recordings;
  tiers: Pick<Tiers, 'overview'>;
  clockSteps: ClockSteps;
  devices: Devices;
  system: System;
  tickets: OneTimeTickets;
  backups: Backups;
  jobs: Jobs;
  exports: Exports;
  signedUrls: SignedUrls;
  probe: Probe;
  settings: Settings;
  configHistory: ConfigHistory;
  /** Relative paths of the configuration are meant from here. */
  dataDir: string;
  engineConnected: () => boolean;
  /** Milliseconds: the 99th percentile of its event loop's delay. */
  engineLoopDelay: () => number | undefined;
  /** Event sockets that are open. */
  eventSockets: () => number;
}
