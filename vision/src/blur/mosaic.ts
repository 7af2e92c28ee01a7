import type { Plane, Rectangle } from '../planes.ts';

/** Fixed point of the interpolation. */
const SHIFT = 16;
const HALF = 1 << (SHIFT - 1);

/** Sets every sample. */
export function fillRectangle({ data, stride }: Plane, { x0, y0, x1, y1 }: Rectangle, level: number): void {
  for (let y = y0; y < y1; y++) data.fill(level, y * stride + x0, y * stride + x1);
}

/**
 * Replaces a rectangle by averages of blocks of its own samples: as they are, or smoothed and interpolated. Only
 * the averages reach the result.
 */
export class Mosaic {
  #sums = new Float64Array(0);
  #smoothed = new Float64Array(0);
  #row = new Float64Array(0);

  cover(plane: Plane, at: Rectangle, block: number, smooth: boolean): void {
    const size = Math.max(1, Math.floor(block));
    const cols = Math.ceil((at.x1 - at.x0) / size);
    const rows = Math.ceil((at.y1 - at.y0) / size);
    this.#reserve(cols, rows);
    this.#average(plane, at, size, cols);
    if (!smooth) {
      replicate(plane, at, size, { cols, values: this.#sums });
      return;
    }
    smoothed(this.#sums, this.#smoothed, cols, rows);
    this.#interpolate(plane, at, size, { cols, rows });
  }

  #reserve(cols: number, rows: number): void {
    if (this.#sums.length < cols * rows) {
      this.#sums = new Float64Array(cols * rows);
      this.#smoothed = new Float64Array(cols * rows);
    }
    if (this.#row.length < cols) this.#row = new Float64Array(cols);
    this.#sums.fill(0, 0, cols * rows);
  }

  #average({ data, stride }: Plane, { x0, y0, x1, y1 }: Rectangle, size: number, cols: number): void {
    const sums = this.#sums;
    for (let y = y0; y < y1; y++) {
      let to = Math.floor((y - y0) / size) * cols;
      const end = y * stride + x1;
      for (let at = y * stride + x0; at < end; to++) {
        const last = Math.min(end, at + size);
        let sum = 0;
        while (at < last) sum += data[at++]!;
        sums[to]! += sum;
      }
    }
    const rows = Math.ceil((y1 - y0) / size);
    for (let row = 0; row < rows; row++) {
      const height = Math.min(size, y1 - y0 - row * size);
      for (let col = 0; col < cols; col++) {
        sums[row * cols + col]! /= height * Math.min(size, x1 - x0 - col * size);
      }
    }
  }

  /** Bilinear between the middles of the blocks; outside of the outermost middles it stays level. */
  #interpolate(
    { data, stride }: Plane,
    { x0, y0, x1, y1 }: Rectangle,
    size: number,
    { cols, rows }: { cols: number; rows: number },
  ): void {
    const [values, line] = [this.#smoothed, this.#row];
    const middle = size / 2;
    for (let y = y0; y < y1; y++) {
      const place = Math.min(rows - 1, Math.max(0, (y - y0 + 0.5 - middle) / size));
      const upper = Math.floor(place);
      const lower = Math.min(rows - 1, upper + 1);
      const share = place - upper;
      for (let col = 0; col < cols; col++) {
        const above = values[upper * cols + col]!;
        line[col] = above + (values[lower * cols + col]! - above) * share;
      }
      expand(data, y * stride + x0, y * stride + x1, { line, cols, size });
    }
  }
}

/** One row of blocks' values as samples. */
function expand(
  data: Uint8Array,
  start: number,
  end: number,
  { line, cols, size }: { line: Float64Array; cols: number; size: number },
): void {
  const lead = Math.min(end, start + (size >> 1));
  data.fill(Math.round(line[0]!), start, lead);
  let at = lead;
  for (let col = 0; col + 1 < cols && at < end; col++) {
    const step = (((line[col + 1]! - line[col]!) * (1 << SHIFT)) / size) | 0;
    let value = ((line[col]! * (1 << SHIFT)) | 0) + HALF;
    const last = Math.min(end, at + size);
    while (at < last) {
      data[at++] = value >> SHIFT;
      value += step;
    }
  }
  data.fill(Math.round(line[cols - 1]!), at, end);
}

function replicate(
  { data, stride }: Plane,
  { x0, y0, x1, y1 }: Rectangle,
  size: number,
  { cols, values }: { cols: number; values: Float64Array },
): void {
  for (let y = y0; y < y1; y++) {
    const from = Math.floor((y - y0) / size) * cols;
    for (let col = 0; col < cols; col++) {
      const left = x0 + col * size;
      data.fill(Math.round(values[from + col]!), y * stride + left, y * stride + Math.min(x1, left + size));
    }
  }
}

/** Each value becomes the mean of itself and its neighbours, so that blocks do not show. */
function smoothed(from: Float64Array, to: Float64Array, cols: number, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = [Math.max(0, row - 1), Math.min(rows - 1, row + 1)];
    for (let col = 0; col < cols; col++) {
      const [left, right] = [Math.max(0, col - 1), Math.min(cols - 1, col + 1)];
      let sum = 0;
      for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) sum += from[r * cols + c]!;
      to[row * cols + col] = sum / ((bottom - top + 1) * (right - left + 1));
    }
  }
}
