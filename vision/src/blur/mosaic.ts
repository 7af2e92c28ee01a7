import type { Plane, Rectangle } from '../planes.ts';

/** Fixed point of the interpolation. */
const SHIFT = 16;
const HALF = 1 << (SHIFT - 1);

/** Of each so many rows and columns one is taken of a block with such a side: that many samples say as much of it. */
const stepIn = (size: number): number => Math.max(2, size >> 3);

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

  #average(plane: Plane, { x0, y0, x1, y1 }: Rectangle, size: number, cols: number): void {
    const rows = Math.ceil((y1 - y0) / size);
    const step = stepIn(size);
    for (let row = 0; row < rows; row++) {
      const top = y0 + row * size;
      const bottom = Math.min(y1, top + size);
      for (let y = top; y < bottom; y += step) this.#addRow(plane, y, { x0, x1, size, to: row * cols });
      const lines = Math.ceil((bottom - top) / step);
      for (let col = 0; col < cols; col++) {
        const width = Math.min(size, x1 - x0 - col * size);
        this.#sums[row * cols + col]! /= lines * Math.ceil(width / step);
      }
    }
  }

  #addRow(
    { data, stride }: Plane,
    y: number,
    { x0, x1, size, to }: { x0: number; x1: number; size: number; to: number },
  ): void {
    const sums = this.#sums;
    const step = stepIn(size);
    const end = y * stride + x1;
    for (let start = y * stride + x0; start < end; start += size, to++) {
      const last = Math.min(end, start + size);
      let sum = 0;
      for (let at = start; at < last; at += step) sum += data[at]!;
      sums[to]! += sum;
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
    const step = stepIn(size);
    for (let y = y0; y < y1; y += step) {
      const place = Math.min(rows - 1, Math.max(0, (y - y0 + 0.5 - middle) / size));
      const upper = Math.floor(place);
      const lower = Math.min(rows - 1, upper + 1);
      const share = place - upper;
      for (let col = 0; col < cols; col++) {
        const above = values[upper * cols + col]!;
        line[col] = above + (values[lower * cols + col]! - above) * share;
      }
      const start = y * stride + x0;
      expand(data, start, y * stride + x1, { line, cols, size });
      // Blocks are higher by far: a few rows alike do not show.
      const last = Math.min(y1, y + step) * stride + x0;
      for (let to = start + stride; to < last; to += stride) data.copyWithin(to, start, start + x1 - x0);
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
    const start = y * stride + x0;
    if ((y - y0) % size !== 0) {
      copyRow(data, start - stride, x1 - x0, stride);
      continue;
    }
    const from = ((y - y0) / size) * cols;
    for (let col = 0; col < cols; col++) {
      const left = start + col * size;
      data.fill(Math.round(values[from + col]!), left, Math.min(start + x1 - x0, left + size));
    }
  }
}

/** The row below becomes the same. */
function copyRow(data: Uint8Array, start: number, width: number, stride: number): void {
  data.copyWithin(start + stride, start, start + width);
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
