/** Seconds: what is slow more often than that is as good as any other. */
const RARE = 0.5;

/** Lets through at most so many a second, evenly, by the times of what is asked about. */
export class Rate {
  readonly #step: number;
  #next = Number.NEGATIVE_INFINITY;
  #asked = Number.NEGATIVE_INFINITY;
  #passed = Number.NEGATIVE_INFINITY;
  #slow = Number.NEGATIVE_INFINITY;

  constructor(fps: number) {
    this.#step = 1 / fps;
  }

  /**
   * Whether what is shown at `seconds` is one of those; times rise. What is `slow` to be had, as a key frame is, gives
   * way to the one behind it where some are left out anyway.
   */
  due(seconds: number, slow = false): boolean {
    const interval = seconds - this.#asked;
    const rare = slow && seconds - this.#slow >= RARE;
    this.#asked = seconds;
    if (slow) this.#slow = seconds;
    // Times are rounded to ticks of a clock: a millisecond early is not early.
    if (seconds < this.#next - 0.001) return false;
    if (rare && this.#spares(seconds, interval)) return false;
    this.#next = seconds - this.#next > this.#step ? seconds + this.#step : this.#next + this.#step;
    this.#passed = seconds;
    return true;
  }

  /** More come than are wanted, and the next comes before two would have been. */
  #spares(seconds: number, interval: number): boolean {
    const behind = seconds + interval - this.#passed;
    return interval > 0 && interval < 0.9 * this.#step && behind < 2 * this.#step;
  }
}
