import { join } from 'node:path';
import { engineSocketPath } from '@nightjar/contract/link';
import { Bookmarks } from '../bookmarks/index.ts';
import type { Database } from '../database/index.ts';
import { EngineDoor } from '../engine-link/index.ts';
import type { Events } from '../events/index.ts';
import { Idempotency } from '../idempotency/index.ts';
import { Jobs } from '../jobs/index.ts';
import {
  type Bus,
  type Clock,
  type Environment,
  keyFile,
  type Log,
  type Settings,
  type Shutdown,
} from '../kernel/index.ts';
import { Exports, Signer } from '../recordings/exports/index.ts';
import type { Recordings } from '../recordings/index.ts';
import { EngineFootage, KeptFiles } from '../recordings/kept/index.ts';
import { Snapshots } from '../snapshots/index.ts';
import type { Streams } from '../streams/index.ts';

/** What is kept of streams beside their footage, and the work that is done for it. */
export interface CaptureRooms {
  jobs: Jobs;
  bookmarks: Bookmarks;
  snapshots: Snapshots;
  idempotency: Idempotency;
  exports: Exports;
}

interface Around {
  machine: { clock: Clock; log: Log };
  environment: Pick<Environment, 'dataDir'>;
  settings: Settings;
  shutdown: Shutdown;
  bus: Bus<{ 'streams.changed': undefined; 'state.restored': undefined }>;
}

/** Opens the rooms, and takes up what was not done when the program ended. */
export async function openCaptures(
  { machine, environment, settings, shutdown, bus }: Around,
  parts: { database: Database; events: Events; streams: Streams; recordings: Recordings; key: Buffer },
): Promise<CaptureRooms> {
  const { clock, log } = machine;
  const { database, events, streams, recordings, key } = parts;
  const door = new EngineDoor(engineSocketPath(environment.dataDir));
  shutdown.add('captures', () => door.close());
  const footage = new EngineFootage({ door, key, clock });
  const jobs = new Jobs({ database, clock, log, happened: (happening) => events.publish(happening) });
  shutdown.add('jobs', () => jobs.close());
  const folder = (name: string): KeptFiles =>
    new KeptFiles(join(settings.config.recording.base_path, 'kept', name));
  const shared = { database, clock, log, jobs, footage };
  const bookmarks = new Bookmarks({
    ...shared,
    files: folder('bookmarks'),
    happened: (happening) => events.publish(happening),
    awaited: () => bus.emit('streams.changed', undefined),
  });
  const snapshots = new Snapshots({
    ...shared,
    files: folder('snapshots'),
    happened: (happening) => events.publish(happening),
  });
  const idempotency = new Idempotency({ database, clock, log });
  shutdown.add('idempotency keys', () => idempotency.close());
  const exports = new Exports({
    ...{ clock, log, jobs, footage, files: folder('exports') },
    bytesOf: async (streamId, range) => (await recordings.totals(streamId, range)).bytes,
    signer: new Signer(await keyFile(join(environment.dataDir, 'keys', 'exports.key'), 32)),
  });
  shutdown.add('exports', () => exports.close());
  await idempotency.start();
  for (const room of [bookmarks, snapshots, exports]) await room.start();
  await jobs.start();
  const resume = async (): Promise<void> => {
    for (const room of [bookmarks, snapshots]) await room.resume();
  };
  await resume();
  bus.on('state.restored', () => {
    resume().catch((error: unknown) => log.error({ err: error }, 'captures of a backup are left'));
  });
  dropWithStreams();
  bus.on('streams.changed', dropWithStreams);
  return { jobs, bookmarks, snapshots, idempotency, exports };

  /** Rows go with their stream in the database; files follow. */
  function dropWithStreams(): void {
    const dropped = async (): Promise<void> => {
      const there = new Set((await streams.list()).map(({ stream }) => stream.id));
      for (const room of [jobs, bookmarks, snapshots]) await room.streamsChanged(there);
    };
    dropped().catch((error: unknown) => log.error({ err: error }, 'files of a removed stream are left'));
  }
}
