import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Detector, PrivacyOptions } from '@nightjar/contract';
import { systemClock } from '@nightjar/media/stream';
import { finderModel } from '@nightjar/media/testing';
import { expect, it } from 'vitest';
import { Detectors, forkDetector, Looker } from '../detect/index.ts';
import { packedPicture } from '../planes.ts';
import { decodeBy } from '../testing/material.ts';
import { Decider } from './decider.ts';
import { Gate } from './gate.ts';
import { CELL, type Grid } from './grid.ts';

const CLIP = fileURLToPath(new URL('../../../media/testdata/yard.h264', import.meta.url));
const [WIDTH, HEIGHT, FPS] = [640, 360, 10];
const SIZE = WIDTH * HEIGHT;
/** Levels by which a picture differs from the empty scene where something moves through it. */
const FIGURE = 16;
/** Rows of the lawn, on which the figure walks; below it is the clock, whose slow digits are no figure. */
const [LAWN, CLOCK] = [244, 328];

/** Pictures of seconds of the clip, each for itself: luma, then chroma. */
async function picturesOf(from: number, seconds: number): Promise<Buffer[]> {
  const view = `fps=${FPS},trim=start=${from}:duration=${seconds},scale=${WIDTH}:${HEIGHT},format=yuv420p`;
  const input = ['-nostdin', '-r', '25', '-f', 'h264', '-i', CLIP];
  const raw = await decodeBy([...input, '-vf', view, '-f', 'rawvideo'], Buffer.alloc(0));
  const bytes = (SIZE * 3) / 2;
  return Array.from({ length: raw.length / bytes }, (_, i) => raw.subarray(i * bytes, (i + 1) * bytes));
}

/** Pixels of the figure, where a picture differs from the empty scene, and those that no cell covers. */
function figureIn(picture: Buffer, empty: Buffer, grid: Grid): { all: number; bare: number } {
  let [all, bare] = [0, 0];
  for (let i = LAWN * WIDTH; i < CLOCK * WIDTH; i++) {
    if (Math.abs(picture[i]! - empty[i]!) <= FIGURE) continue;
    all++;
    const cell = Math.floor(Math.floor(i / WIDTH) / CELL) * grid.cols + Math.floor((i % WIDTH) / CELL);
    if (grid.cells[cell] === 0) bare++;
  }
  return { all, bare };
}

const shareOf = ({ cells }: Grid): number => cells.reduce((sum, cell) => sum + cell, 0) / cells.length;

it('motion covers the figure that crosses the yard from its entering on, pixel by pixel', async () => {
  const pictures = await picturesOf(0, 26);
  const empty = (await picturesOf(58.5, 1))[0]!;
  const decider = new Decider(PrivacyOptions.parse({ cover: ['motion'], hold: 2 }));
  let [figure, bare, cells, full] = [0, 0, 0, 0];
  for (const [index, picture] of pictures.entries()) {
    const grid = decider.decide(packedPicture(picture, WIDTH, HEIGHT), index / FPS);
    if (grid.full) full++;
    else cells += shareOf(grid);
    const seen = figureIn(picture, empty, grid);
    figure += seen.all;
    bare += seen.bare;
  }
  const share = cells / (pictures.length - full);
  console.log(
    `${figure} pixels of the figure, ${bare} bare; ${full} pictures whole, else ${(share * 100).toFixed(0)} %`,
  );
  expect(figure).toBeGreaterThan(100_000);
  expect(1 - bare / figure).toBeGreaterThanOrEqual(0.999);
  expect(full).toBeLessThan(4 * FPS);
  expect(share).toBeLessThan(0.5);
});

it('a model covers the figure from its entering to its leaving, pixel by pixel', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-models-'));
  const detectors = new Detectors(forkDetector, systemClock);
  try {
    const file = join(folder, 'finder.onnx');
    await writeFile(file, finderModel({ size: 320, layout: 'yolov8', classes: 1, rows: [0.6, 0.85] }));
    const detector: Detector = {
      ...{ name: 'finder', file, version: '1', width: 320, height: 320, layout: 'yolov8' },
      ...{ classes: ['cat'], device: 'cpu', threads: 1 },
    };
    const looker = new Looker(detectors, { detector, classes: ['cat'], least: 0.1 });
    const pictures = await picturesOf(0, 60);
    const empty = pictures.at(-15)!;
    const decider = new Decider(PrivacyOptions.parse({ cover: ['objects'], classes: ['cat'] }), true);
    let [figure, bare, cells, full] = [0, 0, 0, 0];
    let settle: () => void = () => undefined;
    const gate = new Gate<Buffer>({
      clock: { monotonic: () => 0, after: () => () => undefined },
      ...{ threshold: 0.25, hold: 3, fps: FPS / 2 },
      look: (picture) =>
        looker.look(packedPicture(picture, WIDTH, HEIGHT)).finally(() => setImmediate(() => settle())),
      release: (picture, regions) => {
        const grid = decider.objects(packedPicture(picture, WIDTH, HEIGHT), regions);
        if (grid.full) full++;
        else cells += shareOf(grid);
        const seen = figureIn(picture, empty, grid);
        figure += seen.all;
        bare += seen.bare;
      },
    });
    for (const [index, picture] of pictures.entries()) {
      // Every other picture is looked at; the others are decided on by their neighbours.
      const looked = Promise.withResolvers<void>();
      settle = looked.resolve;
      gate.offer(picture, index / FPS);
      if (index % 2 === 0) await looked.promise;
    }
    gate.close();
    looker.close();
    const share = cells / (pictures.length - full);
    console.log(
      `${figure} pixels of the figure, ${bare} bare; ${full} pictures whole, else ${(share * 100).toFixed(0)} %`,
    );
    expect(figure).toBeGreaterThan(100_000);
    expect(1 - bare / figure).toBeGreaterThanOrEqual(0.999);
    expect(full).toBeLessThan(5);
    expect(share).toBeLessThan(0.3);
  } finally {
    detectors.close();
    await rm(folder, { recursive: true });
  }
});
