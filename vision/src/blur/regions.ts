import { type Box, hull, type Track, widened } from '../detect/index.ts';
import { CELL, Grid } from './grid.ts';

/** Seconds for which what is new may have been coming, unseen. */
const COMING = 0.5;

/**
 * What to cover of the pictures after the look before, up to the newest one; `step`: seconds between the two. What
 * was there in both is between its two places; what is new came from somewhere around, perhaps from the picture's edge.
 */
export function regionsOf(tracks: readonly Track[], step: number): Box[] {
  return tracks.flatMap(({ box, before, seen }) => {
    if (before) return [hull(hull(box, before), seen)];
    const reach = Math.min(1, step / COMING) * Math.max(box.x1 - box.x0, box.y1 - box.y0);
    return [widened(box, reach)];
  });
}

/** Cells that boxes touch, `padding` (parts of the height) around them. */
export function boxGrid(width: number, height: number, boxes: readonly Box[], padding: number): Grid {
  const grid = new Grid(width, height);
  for (const box of boxes) {
    const { x0, y0, x1, y1 } = widened(box, (padding * height) / width, padding);
    const cell = (part: number, size: number, most: number): number =>
      Math.min(most, Math.max(0, Math.floor((part * size) / CELL)));
    const [left, right] = [cell(x0, width, grid.cols - 1), cell(x1, width, grid.cols - 1)];
    for (let row = cell(y0, height, grid.rows - 1); row <= cell(y1, height, grid.rows - 1); row++)
      grid.cells.fill(1, row * grid.cols + left, row * grid.cols + right + 1);
  }
  return grid;
}
