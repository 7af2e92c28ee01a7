import { type Fragment, openMp4, type RandomAccess, readFragments, type Sample } from '@nightjar/media/mp4';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../../testing/index.ts';
import { cameraWithGap, FPS, pictureAt } from '../testing/camera-with-gap.ts';
import { FootageDoor } from '../testing/footage-door.ts';
import { at, BEGAN } from '../testing/moments.ts';
import { RecordedCamera } from '../testing/recorded-camera.ts';

/** A picture of the movie: its number in the stream (modulo 256), and when it is shown after the edit list. */
interface Shown {
  picture: number;
  at: number;
  key: boolean;
}

interface Made {
  pictures: Shown[];
  hidden: Shown[];
  sounds: number[];
  fragments: Fragment[];
  /** Seconds that `mehd` says. */
  duration: number;
}

async function make(door: FootageDoor, from: number, to: number, more = ''): Promise<Made> {
  const response = await door.get(`play.mp4?start=${at(from)}&end=${at(to)}${more}`);
  expect(response.status).toBe(200);
  return read(Buffer.from(await response.arrayBuffer()));
}

async function read(bytes: Buffer): Promise<Made> {
  const port: RandomAccess = {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
  const file = await openMp4(port);
  const fragments: Fragment[] = [];
  let end = file.initEnd;
  for await (const fragment of readFragments(port, file)) {
    expect(fragment.offset).toBe(end);
    end = fragment.offset + fragment.size;
    fragments.push(fragment);
  }
  expect(end).toBe(bytes.length);
  const samplesOf = (id: number) =>
    fragments.flatMap(({ runs }) => runs.filter((run) => run.trackId === id).flatMap((run) => run.samples));
  rises(samplesOf(1));
  rises(samplesOf(2));
  const all = samplesOf(1).map(({ offset, pts, key }) => ({
    picture: bytes[offset + 5]!,
    at: (pts - editOf(bytes, 0)) / 90_000,
    key,
  }));
  const sounds = samplesOf(2).map(({ pts }) => (pts - editOf(bytes, 1)) / 16_000);
  return {
    pictures: all.filter((shown) => shown.at >= 0),
    hidden: all.filter((shown) => shown.at < 0),
    sounds,
    fragments,
    duration: Number(bytes.readBigUInt64BE(bytes.indexOf('mehd') + 8)) / 1000,
  };
}

/** Decode times rise, and a fragment ends where its last sample does: nothing lies over the next. */
function rises(samples: readonly Sample[]): void {
  for (const [i, { dts }] of samples.entries()) if (i > 0) expect(dts).toBeGreaterThan(samples[i - 1]!.dts);
}

/** Ticks that the edit list of the `index`th track hides. */
function editOf(bytes: Buffer, index: number): number {
  let found = -1;
  for (let i = 0; i <= index; i++) found = bytes.indexOf('elst', found + 1);
  expect(bytes.readUInt32BE(found + 8)).toBe(1);
  expect(bytes.readBigUInt64BE(found + 12)).toBe(0n);
  return Number(bytes.readBigUInt64BE(found + 20));
}

describe('a movie of one camera without sound', () => {
  let door: FootageDoor;
  let camera: RecordedCamera;
  beforeAll(async () => {
    door = await FootageDoor.open();
    camera = await cameraWithGap(door.folder);
  });
  afterAll(async () => {
    await camera.end();
    await door[Symbol.asyncDispose]();
  });

  it('begins with the picture of the start and ends before the end, frame for frame', async () => {
    const { pictures, hidden, duration } = await make(door, 7, 9);
    expect(pictures.map(({ picture }) => picture)).toEqual(
      Array.from({ length: 50 }, (_, i) => (pictureAt(7) + i) & 0xff),
    );
    expect(pictures[0]!.at).toBe(0);
    expect(pictures.at(-1)!.at).toBeCloseTo(2 - 1 / FPS, 5);
    expect(duration).toBe(2);
    // Decoded from the key frame at 6 s on; all of it within two milliseconds.
    expect(hidden[0]!.key).toBe(true);
    expect(hidden.length).toBe(25);
    expect(hidden[0]!.at).toBeGreaterThan(-0.002);
  });

  it('is exact to the frame for any range of continuous footage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 27_000 }),
        fc.integer({ min: 40, max: 3000 }),
        async (ms, length) => {
          const { pictures, hidden } = await make(door, ms / 1000, (ms + length) / 1000);
          const first = Math.floor((ms / 1000) * FPS + 1e-6);
          const last = Math.ceil(((ms + length) / 1000) * FPS - 1e-6);
          expect(pictures.map(({ picture }) => picture)).toEqual(
            Array.from({ length: last - first }, (_, i) => (first + i) & 0xff),
          );
          for (const [i, shown] of pictures.entries()) expect(shown.at).toBeCloseTo(i / FPS, 4);
          expect((hidden[0] ?? pictures[0]!).key).toBe(true);
          expect(hidden.length).toBeLessThan(30);
        },
      ),
      // The end of this one is the start of a picture, which floating point once let in.
      { seed: 7, numRuns: 40, examples: [[20_502, 2_098]] },
    );
  });

  it('goes on over files without a seam', async () => {
    const { pictures, fragments } = await make(door, 5, 25);
    expect(pictures.length).toBe(20 * FPS);
    expect(fragments.length).toBeLessThan(30);
  });

  it('lets the next footage follow at once, or keeps the gap', async () => {
    const skipped = await make(door, 28, 42);
    const kept = await make(door, 28, 42, '&gaps=keep');
    for (const { pictures } of [skipped, kept]) {
      expect(pictures.map(({ picture }) => picture)).toEqual(
        [...Array(100).keys()].map((i) => (pictureAt(28) + i) & 0xff),
      );
    }
    expect(skipped.pictures[50]!.at).toBeCloseTo(2, 5);
    expect(skipped.duration).toBe(4);
    expect(kept.pictures[50]!.at).toBeCloseTo(12, 5);
    expect(kept.duration).toBe(14);
  });

  it('begins with the first footage there is, and holds what is durable of a growing file', async () => {
    const { pictures, hidden } = await make(door, 36, 60);
    expect(hidden).toEqual([]);
    expect(pictures[0]).toEqual({ picture: pictureAt(40) & 0xff, at: 0, key: true });
    expect(pictures.length).toBeGreaterThanOrEqual(10 * FPS);
    expect(pictures.length).toBeLessThan(12 * FPS);
  });

  it('is named after its start, and HEAD has no body', async () => {
    const response = await door.get(`play.mp4?start=${at(7.5)}&end=${at(8)}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="cam_2026-01-02_03-04-07Z.mp4"',
    );
    const gaps = await door.get(`play.mp4?start=${at(7)}&end=${at(8)}&gaps=fill`);
    expect([gaps.status, await gaps.json()]).toEqual([400, { status: 400, message: 'gaps is keep or skip' }]);
  });
});

describe('a movie with sound', () => {
  it('keeps sound and picture together over a seam, with key frames in the middle of parts', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder, {
      tracks: [videoTrack(), audioTrack()],
      segmentDuration: 10,
    });
    await camera.play(24, { gop: 33 });
    await camera.end();
    const { pictures, sounds } = await make(door, 4.04, 20.04);
    expect(pictures.length).toBe(16 * FPS);
    expect(sounds[0]).toBeGreaterThanOrEqual(0);
    expect(sounds[0]).toBeLessThan(0.064);
    // The camera's sound frames lie at multiples of 64 ms from its beginning.
    for (const [i, sound] of sounds.entries()) {
      expect(((sound + 4.04) / 0.064) % 1).toSatisfy((rest: number) => rest < 0.01 || rest > 0.99);
      if (i > 0) expect(sound - sounds[i - 1]!).toBeLessThan(0.13);
    }
    expect(sounds.at(-1)).toBeGreaterThan(15.9);
  });
});

describe('pictures that are shown in another order than they are decoded', () => {
  it('are all there, and those before the start hidden', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder);
    await camera.playReordered();
    await camera.end();
    const { pictures, hidden } = await make(door, 1.5, 3);
    const times = pictures.map((shown) => shown.at).sort((a, b) => a - b);
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBeGreaterThan(1.4);
    for (const [i, time] of times.entries()) if (time < 1.4) expect(time).toBeCloseTo(i * 0.04, 4);
    expect(hidden[0]!.key).toBe(true);
    expect(hidden[0]!.at).toBeGreaterThan(-0.002);
  });
});

describe('a change of format', () => {
  it('is refused with its time, and what lies before and after it is not', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder);
    await camera.play(5);
    camera.source.setTracks([videoTrack(1)]);
    await camera.play(5);
    await camera.end();
    const response = await door.get(`play.mp4?start=${at(4)}&end=${at(6)}`);
    expect([response.status, await response.json()]).toEqual([
      409,
      {
        status: 409,
        message: expect.stringContaining('format changes at 2026-01-02T03:04:05.000Z'),
        details: { cut_at: '2026-01-02T03:04:05.000Z' },
      },
    ]);
    expect((await make(door, 4, 5)).pictures.length).toBe(FPS);
    expect((await make(door, 5, 6)).pictures.length).toBe(FPS);
  });

  it('of files that overlap is cut where the later one begins', async () => {
    await using door = await FootageDoor.open();
    const before = new RecordedCamera(door.folder);
    await before.play(6);
    await before.end();
    const after = new RecordedCamera(door.folder, { tracks: [videoTrack(1)], utc: BEGAN + 5_000 });
    await after.play(5);
    await after.end();
    const refused = await door.get(`play.mp4?start=${at(4)}&end=${at(7)}`);
    const { details } = (await refused.json()) as { details: { cut_at: string } };
    expect([refused.status, details.cut_at]).toEqual([409, at(5)]);
    expect((await make(door, 4, 5)).pictures.length).toBe(FPS);
    expect((await make(door, 5, 7)).pictures.length).toBe(2 * FPS);
    expect((await door.get(`clip.mp4?start=${at(5)}&end=${at(7)}`)).status).toBe(200);
  });
});
