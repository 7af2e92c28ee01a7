import type { PrivacyOptions } from '@nightjar/contract';
import type { Picture420, Plane, Rectangle } from '../planes.ts';
import { CELL, type Grid } from './grid.ts';
import { fillRectangle, Mosaic } from './mosaic.ts';

/** Pixels that one average holds at least, whatever the strength: a face is no longer one below it. */
const MIN_BLOCK = 8;
/** Video black, and no colour (ITU-T H.264 table E-5, limited range). */
const BLACK = 16;
const GREY = 128;

/** Sides of the averaged blocks in pixels; even, so that chroma has whole ones. */
export function blockSize(height: number, strength: number): number {
  return Math.max(MIN_BLOCK, 2 * Math.round((height * strength) / 2000));
}

/** Covers pictures in place. Memory is kept from one to the next. */
export class Painter {
  readonly #mosaic = new Mosaic();

  /** Every sample of a covered cell is another afterwards; no other sample is touched. */
  paint(
    picture: Picture420,
    grid: Grid,
    { style, strength }: Pick<PrivacyOptions, 'style' | 'strength'>,
  ): void {
    const block = blockSize(picture.height, strength);
    for (const cells of grid.rectangles()) {
      this.#plane(picture.y, scaled(cells, CELL, picture.y), { style, block, level: BLACK });
      for (const plane of [picture.u, picture.v]) {
        this.#plane(plane, scaled(cells, CELL / 2, plane), { style, block: block / 2, level: GREY });
      }
    }
  }

  #plane(
    plane: Plane,
    at: Rectangle,
    { style, block, level }: { style: PrivacyOptions['style']; block: number; level: number },
  ): void {
    if (at.x1 <= at.x0 || at.y1 <= at.y0) return;
    if (style === 'solid') fillRectangle(plane, at, level);
    else this.#mosaic.cover(plane, at, block, style === 'blur');
  }
}

function scaled(cells: Rectangle, cell: number, plane: Plane): Rectangle {
  return {
    x0: cells.x0 * cell,
    y0: cells.y0 * cell,
    x1: Math.min(plane.width, cells.x1 * cell),
    y1: Math.min(plane.height, cells.y1 * cell),
  };
}
