import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  DesiredState,
  engineSocketPath,
  type Hello,
  LINK_VERSION,
  linkKeyPath,
  type ToEngine,
} from '@nightjar/contract/link';
import { surroundingsOf } from '@nightjar/contract/outbound';
import { SlabPool, systemClock } from '@nightjar/media/stream';
import { createDoor, listenOnSocket } from './door/index.ts';
import { type EngineSettings, SealedFile, sharedKey } from './kernel/index.ts';
import { LinkServer } from './link/index.ts';
import { cameraSocket } from './outbound/index.ts';
import { Footage, fileStorage } from './recorder/index.ts';
import { sourceTable } from './sources/index.ts';
import { StreamRegistry } from './streams/index.ts';

const METRICS_INTERVAL = 2_000;

/** A started engine. */
export interface Engine {
  /** Ends viewers, writes what is in hand, closes files and sockets. */
  close(): Promise<void>;
}

/** Puts the rooms together and opens the door; streams come with the desired state. */
export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const { dataDir } = settings;
  const clock = systemClock;
  const key = await sharedKey(linkKeyPath(dataDir));
  const memory = new SealedFile(join(dataDir, 'engine', 'desired.sealed'), key);
  const epoch = randomBytes(8).toString('hex');

  const registry: StreamRegistry = new StreamRegistry({
    clock,
    pool: new SlabPool(),
    storage: fileStorage,
    sources: sourceTable(cameraSocket(() => registry.outbound, surroundingsOf(networkInterfaces()))),
    random: Math.random,
    random32: () => randomBytes(4).readUInt32BE(),
    fact: (fact) => link.fact(fact),
  });
  const footage = new Footage({ storage: fileStorage, fact: (fact) => link.fact(fact) });

  const link: LinkServer = new LinkServer({
    key,
    hello: (): Hello => ({
      type: 'hello',
      version: LINK_VERSION,
      epoch,
      pid: process.pid,
      ports: { rtsp: 0 },
      streams: registry.observed(),
    }),
    onDesired: (desired) => converge(desired, true),
    onCommand: (command) => carryOut(command),
  });

  const converge = (desired: DesiredState, remember: boolean): void => {
    void footage
      .prepare(desired.base_path)
      .then(() => registry.apply(desired))
      .then(() => (remember ? memory.write(JSON.stringify(desired)) : undefined))
      .catch((error: unknown) => console.error('the desired state could not be applied', error));
  };

  const carryOut = async (command: Extract<ToEngine, { id: number }>): Promise<void> => {
    if (command.type === 'inventory') await footage.tell(command.stream_id, Date.parse(command.since));
    else await footage.remove(command.stream_id, command.filenames);
  };

  const door = createDoor({ key, utc: () => clock.utc(), stream: (id) => registry.get(id) });
  link.listenOn(door);
  await listenOnSocket(door, engineSocketPath(dataDir));
  const stopMetrics = clock.every(METRICS_INTERVAL, () =>
    link.tell({ type: 'metrics', samples: registry.samples() }),
  );

  // The server may be away: go on with what it wanted last.
  const last = await memory.read();
  const remembered = last === undefined ? undefined : DesiredState.safeParse(JSON.parse(last)).data;
  if (remembered && registry.basePath === undefined) converge(remembered, false);

  return {
    async close() {
      stopMetrics();
      await registry.close();
      await link.close();
      door.closeAllConnections();
      await new Promise<void>((resolve) => door.close(() => resolve()));
    },
  };
}
