export interface BudgetOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Milliseconds of a pause that may be made up for afterwards. */
const CREDIT = 1_000;

const real: BudgetOptions = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** What all copies together may carry in a second. */
export class Budget {
  readonly #options: BudgetOptions;
  /** Moment at which what was taken so far is paid for. */
  #due = Number.NEGATIVE_INFINITY;

  constructor(options: BudgetOptions = real) {
    this.#options = options;
  }

  /** Waits until `bytes` more keep all copies within `rate` bytes a second on average; null is no limit. */
  async take(bytes: number, rate: number | null): Promise<void> {
    if (rate === null) return;
    const { now, wait } = this.#options;
    this.#due = Math.max(this.#due, now() - CREDIT) + (bytes * 1_000) / rate;
    const early = this.#due - now();
    if (early > 0) await wait(early);
  }
}
