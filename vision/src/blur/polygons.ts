import type { PrivacyOptions } from '@nightjar/contract';
import { CELL, Grid } from './grid.ts';

type Polygon = PrivacyOptions['polygons'][number];

/** Cells that a polygon touches, by even-odd rule; never one too few. */
export function polygonGrid(width: number, height: number, polygons: readonly Polygon[]): Grid {
  const grid = new Grid(width, height);
  for (const polygon of polygons) {
    const points = polygon.map(([x, y]): [number, number] => [(x * width) / CELL, (y * height) / CELL]);
    for (let row = 0; row < grid.rows; row++) {
      for (let col = 0; col < grid.cols; col++) {
        if (touches(points, col, row)) grid.cells[row * grid.cols + col] = 1;
      }
    }
  }
  return grid;
}

/** Whether a polygon and the cell `[col, col + 1] x [row, row + 1]` have a point in common. */
function touches(points: readonly [number, number][], col: number, row: number): boolean {
  if (inside(points, col + 0.5, row + 0.5)) return true;
  return points.some((from, i) => crosses(from, points[(i + 1) % points.length]!, col, row));
}

function inside(points: readonly [number, number][], x: number, y: number): boolean {
  let odd = false;
  for (const [i, [ax, ay]] of points.entries()) {
    const [bx, by] = points[(i + 1) % points.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** Whether a line from `a` to `b` has a point in the cell (Liang and Barsky's clipping). */
function crosses(a: [number, number], b: [number, number], col: number, row: number): boolean {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  let [from, to] = [0, 1];
  const sides: [number, number][] = [
    [-dx, a[0] - col],
    [dx, col + 1 - a[0]],
    [-dy, a[1] - row],
    [dy, row + 1 - a[1]],
  ];
  for (const [step, distance] of sides) {
    if (step === 0 && distance < 0) return false;
    if (step < 0) from = Math.max(from, distance / step);
    else if (step > 0) to = Math.min(to, distance / step);
  }
  return from <= to;
}
