import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import { type Clock, systemClock } from '@nightjar/media/stream';
import { type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cameraSockets } from '../outbound/index.ts';
import { fileStorage } from '../recorder/index.ts';
import { sourceTable } from '../sources/index.ts';
import { CountingPool, desiredState, desiredStream, QuietLog, until } from '../testing/index.ts';
import { StreamRegistry } from './index.ts';

const CYCLES = 200;

let cameras: SyntheticCameras;
let folder: string;
beforeAll(async () => {
  cameras = await startSyntheticCameras({ cameras: [{ path: 'yard', clip: 'yard' }] });
  folder = await mkdtemp(join(tmpdir(), 'nightjar-lifetime-'));
});
afterAll(async () => {
  await cameras.close();
  await rm(folder, { recursive: true });
});

/** What the process holds: sockets, servers, requests, by kind; and open files. Timers are the clock's to count. */
async function holdings(): Promise<Record<string, number>> {
  const counts: Record<string, number> = { files: (await readdir('/proc/self/fd')).length };
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Timeout') counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The machine's clock, which knows how many of its timers are armed: the camera has some of its own. */
class CountingClock implements Clock {
  readonly #armed = new Set<object>();
  readonly utc = systemClock.utc;
  readonly monotonic = systemClock.monotonic;

  get pending(): number {
    return this.#armed.size;
  }

  after(ms: number, task: () => void): () => void {
    const timer = {};
    this.#armed.add(timer);
    const cancel = systemClock.after(ms, () => {
      this.#armed.delete(timer);
      task();
    });
    return () => {
      this.#armed.delete(timer);
      cancel();
    };
  }

  every(ms: number, task: () => void): () => void {
    const timer = {};
    this.#armed.add(timer);
    const cancel = systemClock.every(ms, task);
    return () => {
      this.#armed.delete(timer);
      cancel();
    };
  }
}

it(`${CYCLES} starts and stops of a recorded, watched stream end where they began`, async () => {
  const pool = new CountingPool();
  const clock = new CountingClock();
  const log = new QuietLog();
  const facts: Fact[] = [];
  const around = { own: [] };
  const registry: StreamRegistry = new StreamRegistry({
    clock,
    pool,
    storage: fileStorage,
    sources: sourceTable(cameraSockets(() => registry.outbound, around)),
    random: Math.random,
    random32: () => 7,
    fact: (fact) => void facts.push(fact),
    log,
  });
  const apply = async (running: boolean, restart_count = 0): Promise<void> => {
    const stream = desiredStream('yard', {
      running,
      restart_count,
      source: { url: cameras.url('yard') },
      recording: { enabled: true, segment_duration: 60 },
    });
    registry.apply(desiredState([stream], { base_path: folder }));
    await registry.settled();
  };
  const cycle = async (count: number): Promise<void> => {
    await apply(true, count);
    const stream = registry.get('yard')!;
    await until(() => stream.observed.state === 'live', 15_000);
    const waiting = stream.live().until(() => false, 60_000, new AbortController().signal);
    const left = stream.sender()!.join({ packets: () => undefined, end: () => undefined }, true);
    if (count % 3 === 0) left.leave();
    if (count % 4 === 0) await apply(true, count + 1_000);
    if (count % 5 === 0) {
      registry.apply(desiredState([], { base_path: folder }));
      await registry.settled();
      expect(await waiting).toBe(false);
      return;
    }
    await apply(false, count);
    expect(stream.observed.state).toBe('stopped');
    stream.live().close();
  };

  // The first cycles open what stays: compiled code, the camera's own timers.
  for (let count = 0; count < 5; count++) await cycle(count);
  await until(() => cameras.stats().playing === 0);
  const before = await holdings();
  for (let count = 5; count < 5 + CYCLES; count++) await cycle(count);
  registry.apply(desiredState([], { base_path: folder }));
  await registry.settled();
  await until(() => cameras.stats().playing === 0);
  const after = await holdings();
  expect(after).toEqual(before);
  expect(pool.held).toBe(0);
  expect(clock.pending).toBe(0);
  expect(log.lines).toEqual([]);
  const opened = facts.filter(({ kind }) => kind === 'segment.opened').length;
  const closed = facts.filter(({ kind }) => kind === 'segment.closed').length;
  expect(opened).toBeGreaterThanOrEqual(CYCLES);
  expect(closed).toBe(opened);
  await registry.close();
}, 120_000);
