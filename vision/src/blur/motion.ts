import type { Plane } from '../planes.ts';
import { CELL, Grid } from './grid.ts';

/** Pixels of a side that share one mean. */
const BLOCK = 4;
const ROWS = 2;
/** Levels by which a block differs at least, and how many of its usual deviations. */
const MIN_DIFFERENCE = 10;
const DEVIATIONS = 4;
/** Seconds after which the background has followed what is no movement. */
const FOLLOW = 8;
/** Seconds at the beginning in which everything is covered, and it learns quickly. */
const WARM_UP = 2;
const WARM_FOLLOW = 0.5;
/** More than this share of the picture at once is no movement but another light: the whole is covered. */
const SCENE = 1 / 3;
/** What stays is taken over after so many times the hold, but not before so many seconds. */
const TAKE_OVER = 10;
const MIN_TAKE_OVER = 60;

/** What moves before a background that is learnt. Made for one size of pictures. */
export class Motion {
  readonly #width: number;
  readonly #height: number;
  readonly #cols: number;
  readonly #rows: number;
  readonly #mean: Float32Array;
  readonly #deviation: Float32Array;
  readonly #now: Float32Array;
  readonly #until: Float64Array;
  #began = Number.NaN;
  #last = Number.NaN;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#cols = Math.ceil(width / BLOCK);
    this.#rows = Math.ceil(height / BLOCK);
    const count = this.#cols * this.#rows;
    this.#mean = new Float32Array(count);
    this.#deviation = new Float32Array(count).fill(2);
    this.#now = new Float32Array(count);
    this.#until = new Float64Array(new Grid(width, height).cells.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** Cells to cover of the picture shown at `seconds`; `hold` in seconds. Everything while it learns. */
  see(luma: Plane, seconds: number, hold: number): Grid {
    measure(luma, this.#now, this.#cols);
    const grid = new Grid(this.#width, this.#height);
    // A clock that jumps says nothing of how long ago the last picture was.
    if (Number.isNaN(this.#began) || seconds < this.#last || seconds - this.#last > hold) {
      this.#mean.set(this.#now);
      this.#began = seconds;
    }
    const step = Number.isNaN(this.#last) ? 0 : Math.min(1, Math.max(0, seconds - this.#last));
    this.#last = seconds;
    const warm = seconds - this.#began < Math.max(WARM_UP, hold);
    const moving = this.#compare(step, warm, hold, seconds);
    if (moving > SCENE * this.#mean.length) this.#began = seconds;
    if (warm || moving > SCENE * this.#mean.length) return grid.fill();
    for (let i = 0; i < grid.cells.length; i++) grid.cells[i] = this.#until[i]! >= seconds ? 1 : 0;
    return grid;
  }

  /** Moves the background; marks the cells of blocks that differ. Gives how many do. */
  #compare(step: number, warm: boolean, hold: number, seconds: number): number {
    const calm = Math.min(1, step / (warm ? WARM_FOLLOW : FOLLOW));
    const absorb = warm ? calm : Math.min(1, step / Math.max(MIN_TAKE_OVER, TAKE_OVER * hold));
    const cellCols = Math.ceil(this.#width / CELL);
    let moving = 0;
    for (let i = 0; i < this.#now.length; i++) {
      const off = this.#now[i]! - this.#mean[i]!;
      const size = Math.abs(off);
      const differs = size > Math.max(MIN_DIFFERENCE, DEVIATIONS * this.#deviation[i]!);
      this.#mean[i]! += off * (differs ? absorb : calm);
      if (!differs) this.#deviation[i]! += (size - this.#deviation[i]!) * calm;
      if (!differs) continue;
      moving++;
      const row = Math.floor(i / this.#cols);
      const [cellRow, cellCol] = [
        Math.floor((row * BLOCK) / CELL),
        Math.floor(((i % this.#cols) * BLOCK) / CELL),
      ];
      this.#until[cellRow * cellCols + cellCol] = seconds + hold;
    }
    return moving;
  }
}

/** Means of the blocks of a plane, of each other row of it. */
function measure({ data, stride, width, height }: Plane, means: Float32Array, cols: number): void {
  means.fill(0);
  for (let y = 0; y < height; y += ROWS) {
    let to = Math.floor(y / BLOCK) * cols;
    const end = y * stride + width;
    for (let at = y * stride; at < end; to++) {
      const last = Math.min(end, at + BLOCK);
      let sum = 0;
      while (at < last) sum += data[at++]!;
      means[to]! += sum;
    }
  }
  const rows = Math.ceil(height / BLOCK);
  for (let row = 0; row < rows; row++) {
    const lines = Math.ceil(Math.min(BLOCK, height - row * BLOCK) / ROWS);
    for (let col = 0; col < cols; col++)
      means[row * cols + col]! /= lines * Math.min(BLOCK, width - col * BLOCK);
  }
}
