import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlabPool, systemClock } from '@nightjar/media/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileStore, Playback } from '../playback/index.ts';
import { fileStorage, Recorder } from '../recorder/index.ts';
import { ClipPlayer, QuietLog, until } from '../testing/index.ts';
import { forkVision, Vision } from '../vision/index.ts';
import { RecordedStills } from './index.ts';

let folder: string;
let vision: Vision;
let stills: RecordedStills;
let began: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-stills-'));
  const camera = await ClipPlayer.start();
  const recorder = new Recorder({
    streamId: 'yard',
    stream: camera.stream,
    storage: fileStorage,
    clock: systemClock,
    pool: new SlabPool(),
    folder: () => folder,
    // Files are cut at the clock's own boundaries: few of them.
    segmentDuration: () => 86_400,
    label: () => undefined,
    fact: () => undefined,
    log: new QuietLog(),
  });
  recorder.start();
  began = Date.now();
  await until(() => camera.pictures > 110, 10_000);
  await recorder.stop('stopped');
  camera.close();
  vision = new Vision({ start: forkVision, clock: systemClock, log: new QuietLog() });
  stills = new RecordedStills({ vision, footage: new Playback({ store: fileStore, folder: () => folder }) });
}, 20_000);

afterAll(async () => {
  await vision.close();
  await rm(folder, { recursive: true });
});

const OPTIONS = { width: 640, quality: 75 };

describe('a still of footage', () => {
  it('is the picture shown at the instant, to the frame', async () => {
    expect(await readdir(folder)).not.toHaveLength(0);
    const first = await stills.at({ streamId: 'yard', coveredOnly: false }, began + 2_000, OPTIONS);
    expect(first).toMatchObject({ width: 640, height: 360 });
    expect(first.jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(began + 2_000 - first.utc).toBeGreaterThanOrEqual(0);
    expect(began + 2_000 - first.utc).toBeLessThan(41);
    const next = await stills.at({ streamId: 'yard', coveredOnly: false }, first.utc + 41, OPTIONS);
    expect(next.utc - first.utc).toBeCloseTo(40, 0);
    expect(next.jpeg.equals(first.jpeg)).toBe(false);
    const same = await stills.at({ streamId: 'yard', coveredOnly: false }, first.utc + 1, OPTIONS);
    expect(same.utc).toBe(first.utc);
    expect(same.jpeg.equals(first.jpeg)).toBe(true);
  });

  it('may be of the nearest key frame while others are made, where that will do', async () => {
    const of = { streamId: 'yard', coveredOnly: false };
    const near = { ...OPTIONS, near: true };
    const ask = (n: number, how: typeof near | typeof OPTIONS) => stills.at(of, began + 2_000 + n * 80, how);
    const [one, two, three, exact] = await Promise.all([
      ask(0, near),
      ask(1, near),
      ask(2, near),
      ask(3, OPTIONS),
    ]);
    expect([one, two, three, exact].map((still) => still!.near)).toEqual([false, false, true, false]);
    for (const still of [one, two, exact]) expect(still!.jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
    const alone = await ask(2, near);
    expect(alone.near).toBe(false);
    // The clip has a key frame every 2 s.
    expect(Math.abs(three!.utc - alone.utc)).toBeGreaterThan(0);
    expect(Math.abs(three!.utc - alone.utc)).toBeLessThanOrEqual(1_000);
    expect([three!.width, three!.jpeg.equals(alone.jpeg)]).toEqual([640, false]);
  });

  it('is refused where there is no footage', async () => {
    await expect(
      stills.at({ streamId: 'yard', coveredOnly: false }, began - 60_000, OPTIONS),
    ).rejects.toMatchObject({ status: 404 });
  });
});
