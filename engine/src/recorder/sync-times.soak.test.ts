import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Publisher, QuietLog } from '../testing/index.ts';
import { Recorder } from './recorder.ts';
import { fileStorage, type Storage } from './storage.ts';

const CAMERAS = 30;
/** Of real time: some in each run of the suite, a minute by `npm run soak`. */
const SECONDS = Number(process.env['NIGHTJAR_SYNC_SECONDS'] ?? (process.env['NIGHTJAR_SOAK'] ? 60 : 2));
const FPS = 25;
/** 4 Mbit/s. */
const PICTURE = 20_000;

/** The real file system, and how long each `fdatasync` took, in ms. */
function timed(times: number[]): Storage {
  return {
    ...fileStorage,
    async create(path) {
      const file = await fileStorage.create(path);
      return {
        append: (buffers, what) => file.append(buffers, what),
        cut: (size) => file.cut(size),
        close: () => file.close(),
        async sync() {
          const began = performance.now();
          await file.sync();
          times.push(performance.now() - began);
        },
      };
    },
  };
}

it(`fdatasync of every second of ${CAMERAS} cameras for ${SECONDS} s`, { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-sync-'));
  const times: number[] = [];
  const storage = timed(times);
  const told: string[] = [];
  const cameras = Array.from({ length: CAMERAS }, (_, n) => {
    const source = new Publisher();
    const recorder = new Recorder({
      ...{ streamId: `cam-${n}`, stream: source.stream, clock: source.clock, pool: source.pool, storage },
      folder: () => join(folder, `cam-${n}`),
      segmentDuration: () => 600,
      fact: ({ kind }) => told.push(kind),
      log: new QuietLog(),
    });
    recorder.start();
    return { source, recorder };
  });
  // Each has its own moment in the second, as cameras have.
  for (let second = 0; second <= SECONDS; second++) {
    for (const { source } of cameras) {
      source.play(1, { fps: FPS, gop: FPS, bytes: PICTURE });
      await pause(1000 / CAMERAS);
    }
  }
  await Promise.all(cameras.map(({ recorder }) => recorder.stop('stopped')));
  for (const { source } of cameras) source.close();
  await rm(folder, { recursive: true });
  expect(told.filter((kind) => kind === 'segment.grown').length).toBeGreaterThanOrEqual(CAMERAS * SECONDS);
  expect(told).not.toContain('failed');
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]!.toFixed(1);
  console.info(
    `${times.length} fdatasync of parts of ${(PICTURE * FPS) / 1000} kB, ${CAMERAS} cameras: ` +
      `median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)} ms`,
  );
});
