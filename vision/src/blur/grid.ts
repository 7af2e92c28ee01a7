import type { Rectangle } from '../planes.ts';

/** Pixels of a cell's side; of chroma half as many. */
export const CELL = 16;

/** Which cells of a picture are covered. */
export class Grid {
  readonly cols: number;
  readonly rows: number;
  /** 1: covered. */
  readonly cells: Uint8Array;

  constructor(width: number, height: number) {
    this.cols = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
    this.cells = new Uint8Array(this.cols * this.rows);
  }

  /** Covers everything. */
  fill(): this {
    this.cells.fill(1);
    return this;
  }

  get full(): boolean {
    return this.cells.every((cell) => cell === 1);
  }

  /** Covers what another grid of the same size covers. */
  add(other: Grid): void {
    for (let i = 0; i < this.cells.length; i++) this.cells[i]! |= other.cells[i]!;
  }

  /** Covers `by` cells around each covered one as well. */
  widen(by: number): void {
    if (by <= 0) return;
    const before = this.cells.slice();
    for (let row = 0; row < this.rows; row++) {
      for (let col = 0; col < this.cols; col++) {
        if (before[row * this.cols + col] === 1) this.#cover(col, row, by);
      }
    }
  }

  /** Rectangles that together hold every covered cell once, in cells. */
  rectangles(): Rectangle[] {
    const done: Rectangle[] = [];
    let open: Rectangle[] = [];
    for (let row = 0; row < this.rows; row++) {
      const next: Rectangle[] = [];
      for (const { x0, x1 } of this.#runs(row)) {
        const above = open.find((each) => each.x0 === x0 && each.x1 === x1);
        next.push({ x0, x1, y0: above?.y0 ?? row, y1: row + 1 });
      }
      done.push(...open.filter(({ x0, x1 }) => !next.some((each) => each.x0 === x0 && each.x1 === x1)));
      open = next;
    }
    return [...done, ...open];
  }

  #cover(col: number, row: number, by: number): void {
    const last = Math.min(this.rows - 1, row + by);
    for (let r = Math.max(0, row - by); r <= last; r++) {
      const start = r * this.cols;
      this.cells.fill(1, start + Math.max(0, col - by), start + Math.min(this.cols, col + by + 1));
    }
  }

  *#runs(row: number): Generator<{ x0: number; x1: number }> {
    const start = row * this.cols;
    for (let col = 0; col < this.cols; col++) {
      if (this.cells[start + col] === 0) continue;
      const x0 = col;
      while (col < this.cols && this.cells[start + col] === 1) col++;
      yield { x0, x1: col };
    }
  }
}
