import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Detector, PrivacyOptions } from '@nightjar/contract';
import { systemClock } from '@nightjar/media/stream';
import { finderModel, readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodedPicture, PixelBackend, Session, Tally } from './backend.ts';
import type { Sight } from './blur/index.ts';
import { commandBackend } from './command/index.ts';
import { Detectors, forkDetector, NoAnswer } from './detect/index.ts';
import { nativeBackend } from './native/index.ts';
import { packedSize } from './planes.ts';
import { decodeBy, yardPictures } from './testing/material.ts';

const [WIDTH, HEIGHT] = [640, 360];
const SIZE = WIDTH * HEIGHT;
const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };
const detectors = new Detectors(forkDetector, systemClock);
let folder: string;
let detector: Detector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-models-'));
  detector = await modelIn(
    'finder',
    finderModel({ size: 320, layout: 'yolov8', classes: 1, rows: [0.6, 0.85] }),
  );
});

afterAll(async () => {
  detectors.close();
  await rm(folder, { recursive: true });
});

async function modelIn(name: string, bytes: Buffer): Promise<Detector> {
  const file = join(folder, `${name}.onnx`);
  await writeFile(file, bytes);
  const facts: Omit<Detector, 'name' | 'file' | 'version'> = {
    width: 320,
    height: 320,
    layout: 'yolov8',
    classes: ['cat'],
    device: 'cpu',
    threads: 1,
  };
  return { name, file, version: '1', ...facts };
}

const sightOf = (changes: Partial<Sight> = {}): Sight => ({
  detector,
  detectors,
  clock: systemClock,
  ...changes,
});
const options = (changes: object = {}) =>
  PrivacyOptions.parse({
    ...{ cover: ['objects'], classes: ['cat'], style: 'solid', max_fps: 30, detect_fps: 30, downscale: 0.5 },
    ...changes,
  });

/** Covers the yard's pictures `from` to `to`, and gives what came out as grey levels by the clock they show. */
async function covered(
  backend: PixelBackend,
  {
    from,
    to,
    sight,
    wanted = options(),
  }: { from: number; to: number; sight?: Sight; wanted?: PrivacyOptions },
): Promise<Map<number, Buffer>> {
  const { format, units } = await yardPictures(to);
  const pictures: CodedPicture[] = [];
  // The program keeps its last pictures until others follow.
  const due = to - from - (backend.name === 'command' ? 4 : 0);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const session: Session = backend.blur(
    format,
    { options: wanted, sight },
    {
      coded: (picture) => {
        pictures.push(picture);
        if (pictures.length === due) resolve();
      },
      failed: (message) => reject(new Error(message)),
    },
  );
  for (const [i, unit] of units.entries()) await session.push({ ...unit, show: i >= from });
  await promise;
  await session.close();
  const times = pictures.map(({ time }) => time);
  expect(times).toEqual(units.slice(from, from + times.length).map(({ time }) => time));
  const bytes = Buffer.concat(pictures.map(({ data }) => Buffer.from(data)));
  const args = ['-f', 'h264', '-i', 'pipe:0', '-pix_fmt', 'gray', '-vsync', 'passthrough', '-f', 'rawvideo'];
  const raw = await decodeBy(args, bytes);
  return new Map(pictures.map((_, i) => [from + i, raw.subarray(i * SIZE, (i + 1) * SIZE)]));
}

/** A picture of nothing. */
const anything = () => ({
  ...{ detector, kinds: [0], least: 0.1, data: new Uint8Array(packedSize(320, 320)) },
  fit: { left: 0, top: 0, width: 320, height: 320 },
});

const isWhole = (grey: Buffer): boolean => grey.every((level) => level < 24);
const clockOf = (grey: Buffer) => readClockBar({ data: grey, width: WIDTH, height: HEIGHT });
/** The cat's coat over the lawn, where there is nothing else as bright. */
function bare(grey: Buffer): number {
  let count = 0;
  for (let y = 255; y < 305; y++) for (let x = 0; x < WIDTH; x++) if (grey[y * WIDTH + x]! > 120) count++;
  return count;
}

describe.each<[string, () => Promise<PixelBackend>]>([
  ['native', async () => nativeBackend(tally)],
  ['command', () => commandBackend(tally)],
])('objects in pictures of the %s backend', (_, open) => {
  it('are covered, and what is beside them stays', { timeout: 60_000 }, async () => {
    // It walks through the middle of the picture.
    const clear = await covered(await open(), {
      from: 300,
      to: 340,
      wanted: options({
        cover: ['polygons'],
        polygons: [
          [
            [0, 0],
            [0.01, 0],
            [0, 0.01],
          ],
        ],
      }),
    });
    expect([...clear.values()].map(bare).every((count) => count > 500)).toBe(true);
    // The first pictures wait for the network to be read; what comes of them is whole.
    await detectors.ask(anything());
    const pictures = await covered(await open(), { from: 160, to: 200, sight: sightOf() });
    expect(pictures.size).toBeGreaterThanOrEqual(36);
    const partly = [...pictures].filter(([, grey]) => !isWhole(grey));
    expect(partly.length).toBeGreaterThan(20);
    for (const [, grey] of pictures) expect(bare(grey)).toBe(0);
    for (const [i, grey] of partly) expect(clockOf(grey)).toBe(i * 40);
  });
});

it.runIf(process.platform === 'linux')('the detector process can open nothing, and is nobody', async () => {
  await detectors.ask(anything());
  const pids = await detectorProcesses();
  expect(pids).toHaveLength(1);
  const about = async (what: string): Promise<string> => readFile(`/proc/${pids[0]}/${what}`, 'latin1');
  expect(await about('limits')).toMatch(/^Max open files +0 +0 /m);
  expect(await about('limits')).toMatch(/^Max file size +0 +0 /m);
  expect(await about('status')).not.toMatch(/^Uid:\s+0\s/m);
});

/** Those that this process began. */
async function detectorProcesses(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const texts = ['status', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1'));
      const [status = '', command = ''] = await Promise.all(texts).catch(() => []);
      return status.includes(`PPid:\t${process.pid}\n`) && command.includes('detector/main') ? [pid] : [];
    }),
  );
  return ours.flat();
}

describe('pictures whose objects are not known', () => {
  const backend = () => nativeBackend(tally);
  const whole = async (sight: Sight | undefined, wanted = options()): Promise<boolean> => {
    const pictures = await covered(backend(), { from: 0, to: 20, ...(sight && { sight }), wanted });
    return [...pictures.values()].every(isWhole);
  };

  it.each<[string, () => Sight | undefined, object]>([
    ['there is no detector', () => undefined, {}],
    ['the detector knows none of the classes', () => sightOf(), { classes: ['person'] }],
    ['its file is gone', () => sightOf({ detector: { ...detector, file: '/no/such/file.onnx' } }), {}],
    ['it answers in another shape', () => sightOf({ detector: { ...detector, layout: 'yolov5' } }), {}],
    ['it takes pictures of another size', () => sightOf({ detector: { ...detector, width: 640 } }), {}],
    [
      'nobody answers',
      () =>
        sightOf({
          detectors: { hold: () => (): void => undefined, ask: () => Promise.reject(new NoAnswer('')) },
        }),
      {},
    ],
    [
      'answers never come',
      () =>
        sightOf({
          detectors: { hold: () => (): void => undefined, ask: () => new Promise(() => undefined) },
        }),
      {},
    ],
    ['it is automatic, and there is no detector', () => undefined, { cover: ['auto'] }],
    ['the whole is covered as well', () => sightOf(), { cover: ['objects', 'full'] }],
  ])('are covered whole when %s', { timeout: 30_000 }, async (_, sight, changes) => {
    expect(await whole(sight(), options(changes))).toBe(true);
  });
});
