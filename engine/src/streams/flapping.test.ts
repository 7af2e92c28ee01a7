import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Fact } from '@nightjar/contract/link';
import { type Clock, systemClock } from '@nightjar/media/stream';
import { FaultProxy, type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cameraSockets } from '../outbound/index.ts';
import { fileStorage } from '../recorder/index.ts';
import { sourceTable } from '../sources/index.ts';
import { CountingPool, desiredState, desiredStream, QuietLog, until } from '../testing/index.ts';
import { StreamRegistry } from './index.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Connections lost, of all cameras together. */
const CYCLES = SOAK ? 20_000 : 1_000;
/** Cycles until everything is compiled and every buffer is as large as it gets. */
const WARM = CYCLES / 4;
const GROWTH = 3 * 1024 * 1024;

let cameras: SyntheticCameras;
let folder: string;
beforeAll(async () => {
  cameras = await startSyntheticCameras({
    cameras: ['tcp', 'udp', 'http', 'auto'].map((path) => ({ path, clip: 'yard' })),
    manyWays: true,
  });
  folder = await mkdtemp(join(tmpdir(), 'nightjar-flapping-'));
});
afterAll(async () => {
  await cameras.close();
  await rm(folder, { recursive: true });
});

/** Pauses are shorter by this, so that cameras flap as fast as they can. */
const HASTE = 50;

/** The machine's clock, with its pauses cut short, that knows how many timers are armed. */
class HastyClock implements Clock {
  pending = 0;
  readonly utc = systemClock.utc;
  readonly monotonic = systemClock.monotonic;

  after(ms: number, task: () => void): () => void {
    const pause = ms <= 120 ? ms / HASTE : ms;
    return this.#counted((done) =>
      systemClock.after(pause, () => {
        done();
        task();
      }),
    );
  }

  every(ms: number, task: () => void): () => void {
    return this.#counted(() => systemClock.every(ms, task));
  }

  #counted(arm: (done: () => void) => () => void): () => void {
    this.pending++;
    let over = false;
    const done = (): void => {
      if (!over) this.pending--;
      over = true;
    };
    const cancel = arm(done);
    return () => {
      cancel();
      done();
    };
  }
}

async function holdings(): Promise<Record<string, number>> {
  const counts: Record<string, number> = { files: (await readdir('/proc/self/fd')).length };
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Timeout') counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** What is held once sockets that were destroyed are closed, which takes them a turn or more. */
async function settledHoldings(): Promise<Record<string, number>> {
  let last = await holdings();
  for (let same = 0; same < 10; ) {
    await pause(20);
    const now = await holdings();
    same = isDeepStrictEqual(now, last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Without what lies outside of the heap: sockets and buffers that are gone leave it when they like. */
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function rig(clock: Clock, facts: Fact[]) {
  const pool = new CountingPool();
  const log = new QuietLog();
  const registry: StreamRegistry = new StreamRegistry({
    clock,
    pool,
    storage: fileStorage,
    sources: sourceTable(cameraSockets(() => registry.outbound, { own: [] })),
    random: () => 0.5,
    random32: () => 7,
    fact: (fact) => void facts.push(fact),
    log,
  });
  return { pool, log, registry };
}

describe('cameras that flap', () => {
  it(
    `${CYCLES} connections made and lost leave sockets, timers and memory where they were`,
    async () => {
      const clock = new HastyClock();
      const facts: Fact[] = [];
      const { pool, log, registry } = rig(clock, facts);
      const paths = ['tcp', 'udp', 'http', 'auto'] as const;
      const apply = async (running: boolean): Promise<void> => {
        const streams = paths.map((path) =>
          desiredStream(path, {
            running,
            source: { url: cameras.url(path), transport: path },
            reconnect: { enabled: true, max_attempts: 0, backoff_ms: 100 },
          }),
        );
        registry.apply(desiredState(streams, { base_path: folder }));
        await registry.settled();
      };
      const isLive = (path: string) => registry.get(path)!.observed.state === 'live';
      let lost = 0;
      const flap = async (until_: number): Promise<void> => {
        for (; lost < until_; lost += paths.length) {
          await until(() => paths.every(isLive), 20_000);
          facts.length = 0;
          await Promise.all(paths.map((path) => cameras.cut(path)));
          await until(() => !paths.some(isLive), 20_000);
        }
      };

      await apply(true);
      await flap(8);
      await apply(false);
      await until(() => cameras.stats().playing === 0);
      const before = await settledHoldings();
      await apply(true);
      await flap(WARM);
      const warm = heapBytes();
      await flap(CYCLES);
      expect(heapBytes() - warm).toBeLessThan(GROWTH);
      await apply(false);
      await until(() => cameras.stats().playing === 0);
      expect(await settledHoldings()).toEqual(before);
      expect(clock.pending).toBe(0);
      expect(pool.held).toBe(0);
      expect(log.lines).toEqual([]);
      await registry.close();
    },
    SOAK ? 3_600_000 : 120_000,
  );
});

describe('a camera behind a network that stops', () => {
  it('is noticed without a closed socket, and records again within 8 s of the first byte', async () => {
    await using proxy = await FaultProxy.start({ target: { port: cameras.port } });
    const facts: Fact[] = [];
    const { pool, log, registry } = rig(systemClock, facts);
    const source = { url: `rtsp://127.0.0.1:${proxy.port}/tcp` };
    const recording = { enabled: true, segment_duration: 3_600 };
    registry.apply(desiredState([desiredStream('cam', { source, recording })], { base_path: folder }));
    const told = (state: string) =>
      facts.filter((fact) => fact.kind === 'recording.state' && fact.state === state).length;
    await until(() => told('recording') === 1, 15_000);
    proxy.stall();
    await until(() => registry.get('cam')!.observed.state === 'reconnecting', 8_000);
    // Into the middle of an attempt that gets no answer.
    await until(() => proxy.accepted > 1, 8_000);
    proxy.resume();
    const resumed = performance.now();
    await until(() => told('recording') === 2, 8_000);
    expect(performance.now() - resumed).toBeLessThan(8_000);
    await registry.close();
    expect(pool.held).toBe(0);
    expect(log.lines).toEqual([]);
  }, 45_000);
});
