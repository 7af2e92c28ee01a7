/** Lets through at most so many a second, evenly, by the times of what is asked about. */
export class Rate {
  readonly #step: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(fps: number) {
    this.#step = 1 / fps;
  }

  /** Whether what is shown at `seconds` is one of those; times rise. */
  due(seconds: number): boolean {
    // Times are rounded to ticks of a clock: a millisecond early is not early.
    if (seconds < this.#next - 0.001) return false;
    this.#next = seconds - this.#next > this.#step ? seconds + this.#step : this.#next + this.#step;
    return true;
  }
}
