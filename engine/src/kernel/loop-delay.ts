/** Bounds of the steps grow by this factor: a figure is too high by at most an eighth. */
const GROWTH = 1.125;
const FINEST = 0.1;
const STEPS = 96;
/** Milliseconds after which the older half is forgotten. */
const HALF = 30_000;

/** How late an event loop came to what was due, over the last 30 to 60 s. */
export class LoopDelay {
  #older = new Uint32Array(STEPS);
  #newer = new Uint32Array(STEPS);
  #since: number | undefined;

  /** `late`: milliseconds; `now`: monotonic milliseconds. */
  note(late: number, now: number): void {
    this.#since ??= now;
    if (now - this.#since >= HALF) {
      [this.#older, this.#newer] = [this.#newer, this.#older.fill(0)];
      this.#since = now;
    }
    const step = late <= FINEST ? 0 : Math.ceil(Math.log(late / FINEST) / Math.log(GROWTH));
    this.#newer[Math.min(STEPS - 1, step)]!++;
  }

  /** Milliseconds that 99 of 100 were late at most; undefined before the first. */
  get p99(): number | undefined {
    const total =
      this.#newer.reduce((sum, count) => sum + count, 0) + this.#older.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    let left = Math.ceil(total * 0.99);
    for (let step = 0; step < STEPS; step++) {
      left -= this.#newer[step]! + this.#older[step]!;
      if (left <= 0) return FINEST * GROWTH ** step;
    }
    return FINEST * GROWTH ** STEPS;
  }
}
