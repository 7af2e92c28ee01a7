import { fileURLToPath } from 'node:url';
import { PrivacyOptions } from '@nightjar/contract';
import { expect, it } from 'vitest';
import { packedPicture } from '../planes.ts';
import { decodeBy } from '../testing/material.ts';
import { Decider } from './decider.ts';
import { CELL, type Grid } from './grid.ts';

const CLIP = fileURLToPath(new URL('../../../media/testdata/yard.h264', import.meta.url));
const [WIDTH, HEIGHT, FPS] = [640, 360, 10];
const SIZE = WIDTH * HEIGHT;
/** Levels by which a picture differs from the empty scene where something moves through it. */
const FIGURE = 16;
/** Rows of the lawn, on which the figure walks; below it is the clock, whose slow digits are no figure. */
const [LAWN, CLOCK] = [244, 328];

/** Luma of seconds of the clip, each picture for itself. */
async function luma(from: number, seconds: number): Promise<Buffer[]> {
  const view = `fps=${FPS},trim=start=${from}:duration=${seconds},scale=${WIDTH}:${HEIGHT},format=yuv420p,extractplanes=y`;
  const input = ['-nostdin', '-r', '25', '-f', 'h264', '-i', CLIP];
  const raw = await decodeBy([...input, '-vf', view, '-f', 'rawvideo'], Buffer.alloc(0));
  return Array.from({ length: raw.length / SIZE }, (_, i) => raw.subarray(i * SIZE, (i + 1) * SIZE));
}

function decide(decider: Decider, picture: Buffer, seconds: number): Grid {
  const data = Buffer.concat([picture, Buffer.alloc(SIZE / 2, 128)]);
  return decider.decide(packedPicture(data, WIDTH, HEIGHT), seconds);
}

it('motion covers the figure that crosses the yard from its entering on, pixel by pixel', async () => {
  const pictures = await luma(0, 26);
  const empty = (await luma(58.5, 1))[0]!;
  const decider = new Decider(PrivacyOptions.parse({ cover: ['motion'], hold: 2 }));
  let [figure, bare, cells, full] = [0, 0, 0, 0];
  for (const [index, picture] of pictures.entries()) {
    const grid = decide(decider, picture, index / FPS);
    if (grid.full) full++;
    else cells += grid.cells.reduce((sum, cell) => sum + cell, 0) / grid.cells.length;
    for (let i = LAWN * WIDTH; i < CLOCK * WIDTH; i++) {
      if (Math.abs(picture[i]! - empty[i]!) <= FIGURE) continue;
      figure++;
      const cell = Math.floor(Math.floor(i / WIDTH) / CELL) * grid.cols + Math.floor((i % WIDTH) / CELL);
      if (grid.cells[cell] === 0) bare++;
    }
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
