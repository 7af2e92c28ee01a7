import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../../testing/index.ts';
import { cameraWithGap, FPS, pictureAt } from '../testing/camera-with-gap.ts';
import { FootageDoor } from '../testing/footage-door.ts';
import { at, BEGAN } from '../testing/moments.ts';
import { RecordedCamera } from '../testing/recorded-camera.ts';

const run = promisify(execFile);

/** A picture as ffprobe finds it: its number in the stream (modulo 256), when it is shown, whether at all. */
interface Found {
  picture: number;
  at: number;
  hidden: boolean;
  key: boolean;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-clip-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function probe(bytes: Buffer, track = 'v:0'): Promise<Found[]> {
  const path = join(folder, 'clip.mp4');
  await writeFile(path, bytes);
  // Its pictures are numbers, which no decoder likes.
  const args = ['-v', 'quiet', '-select_streams', track, '-show_packets', '-of', 'json', path];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 64 * 1024 * 1024 });
  const { packets } = JSON.parse(stdout) as {
    packets: { pts_time: string; pos: string; flags: string }[];
  };
  return packets.map(({ pts_time, pos, flags }) => ({
    picture: bytes[Number(pos) + 5]!,
    at: Number(pts_time),
    hidden: flags.includes('D'),
    key: flags.includes('K'),
  }));
}

async function clip(door: FootageDoor, from: number, to: number, more = ''): Promise<Buffer> {
  const response = await door.get(`clip.mp4?start=${at(from)}&end=${at(to)}${more}`);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
  return bytes;
}

describe('a clip of one camera', () => {
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
  it('shows exactly the pictures of any range, the first at 0, as an outside reader finds them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 27_000 }),
        fc.integer({ min: 40, max: 3000 }),
        async (ms, length) => {
          const found = await probe(await clip(door, ms / 1000, (ms + length) / 1000));
          const shown = found.filter(({ hidden }) => !hidden);
          const first = Math.floor((ms / 1000) * FPS + 1e-6);
          const last = Math.ceil(((ms + length) / 1000) * FPS - 1e-6);
          expect(shown.map(({ picture }) => picture)).toEqual(
            Array.from({ length: last - first }, (_, i) => (first + i) & 0xff),
          );
          for (const [i, { at: time }] of shown.entries()) expect(time).toBeCloseTo(i / FPS, 4);
          expect(found[0]!.key).toBe(true);
        },
      ),
      { seed: 7, numRuns: 12, examples: [[20_502, 2_098]] },
    );
  });

  it('goes on over files, and over a gap at once or after its time', async () => {
    const seam = await probe(await clip(door, 9, 11));
    expect(seam.filter(({ hidden }) => !hidden).map(({ picture }) => picture)).toEqual(
      Array.from({ length: 50 }, (_, i) => (pictureAt(9) + i) & 0xff),
    );
    const skipped = (await probe(await clip(door, 28, 42))).filter(({ hidden }) => !hidden);
    const kept = (await probe(await clip(door, 28, 42, '&gaps=keep'))).filter(({ hidden }) => !hidden);
    for (const pictures of [skipped, kept]) expect(pictures.length).toBe(100);
    expect(skipped[50]!.at).toBeCloseTo(2, 4);
    expect(kept[50]!.at).toBeCloseTo(12, 4);
  });

  it('says what there is of it', async () => {
    const url = `clip.mp4?start=${at(28)}&end=${at(42)}`;
    const { headers } = await door.get(url, { method: 'HEAD' });
    const said = (name: string) => headers.get(name);
    expect([said('x-footage-start'), said('x-footage-end'), said('x-clip-seconds')]).toEqual([
      at(28),
      at(42),
      '4.000',
    ]);
  });

  it('is given by ranges of bytes that fit together, and not again to who has it', async () => {
    const whole = await clip(door, 8.3, 12.7);
    const url = `clip.mp4?start=${at(8.3)}&end=${at(12.7)}`;
    const { headers } = await door.get(url, { method: 'HEAD' });
    const etag = headers.get('etag')!;
    for (const [first, last] of [
      [0, 99],
      [700, 5_000],
      [4_000, whole.length - 1],
      [whole.length - 10, whole.length + 10],
    ] as const) {
      const part = await door.get(url, { headers: { range: `bytes=${first}-${last}`, 'if-range': etag } });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(first, last + 1));
    }
    expect((await door.get(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await door.get(url, { headers: { range: `bytes=${whole.length}-` } })).status).toBe(416);
  });

  it('reads heads of fragments and what it sends, not the rest of an hour', async () => {
    const before = door.bytesRead;
    const bytes = await clip(door, 12, 14);
    expect(door.bytesRead - before).toBeLessThan(bytes.length * 3 + 200_000);
  });

  it('waits for footage that is on its way, so long as it is told to', async () => {
    const url = `clip.mp4?start=${at(51)}&end=${at(53)}&wait=10000`;
    const asked = door.get(url);
    await camera.play(3, { gop: 30 });
    const response = await asked;
    expect(response.headers.get('x-footage-end')).toBe(at(53));
    const late = await door.get(`clip.mp4?start=${at(54)}&end=${at(90)}&wait=0`);
    expect(late.status === 404 || Date.parse(late.headers.get('x-footage-end')!) < BEGAN + 60_000).toBe(true);
  });

  it.each([
    [`start=${at(33)}&end=${at(35)}`, 404],
    [`start=${at(0)}&end=${at(3_601)}`, 400],
    [`start=${at(0)}&end=${at(1)}&wait=-1`, 400],
    [`start=${at(0)}&end=${at(1)}&wait=x`, 400],
    [`start=${at(0)}&end=${at(1)}&gaps=fill`, 400],
    [`start=${at(1)}&end=${at(0)}`, 400],
  ])('%s is %i', async (query, status) => {
    expect((await door.get(`clip.mp4?${query}`)).status).toBe(status);
  });
});

describe('a clip with sound', () => {
  it('keeps sound and picture together', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder, {
      tracks: [videoTrack(), audioTrack()],
      segmentDuration: 10,
    });
    await camera.play(24, { gop: 33 });
    await camera.end();
    const bytes = await clip(door, 4.04, 20.04);
    const pictures = (await probe(bytes)).filter(({ hidden }) => !hidden);
    expect(pictures.length).toBe(16 * FPS);
    const sounds = (await probe(bytes, 'a:0')).filter(({ hidden }) => !hidden);
    expect(Math.abs(sounds[0]!.at)).toBeLessThan(0.065);
    // The camera's sound frames lie at multiples of 64 ms from its beginning.
    for (const { at: time } of sounds)
      expect(((time + 4.04) / 0.064) % 1).toSatisfy((rest: number) => rest < 0.02 || rest > 0.98);
    expect(sounds.at(-1)!.at).toBeGreaterThan(15.9);
  });
});

describe('pictures that are shown in another order than they are decoded', () => {
  it('are all there, and those before the start hidden', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder);
    await camera.playReordered();
    await camera.end();
    const found = await probe(await clip(door, 1.5, 3));
    const times = found
      .filter(({ hidden }) => !hidden)
      .map(({ at: time }) => time)
      .sort((a, b) => a - b);
    expect(times[0]).toBeCloseTo(0, 4);
    expect(times.at(-1)).toBeGreaterThan(1.4);
    for (const [i, time] of times.entries()) if (time < 1.4) expect(time).toBeCloseTo(i * 0.04, 3);
    expect(found[0]!.key).toBe(true);
  });
});
