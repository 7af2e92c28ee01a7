import type { Clock } from '../stream/index.ts';

/** One `advance` runs at most this many tasks: a task that re-arms itself with 0 ms would never let it end. */
const MAX_TASKS = 5_000_000;

interface Timer {
  readonly order: number;
  readonly task: () => void;
  /** Milliseconds between runs; undefined for a task that runs once. */
  readonly period: number | undefined;
  due: number;
}

/**
 * A clock that stands still until told to move. Timers run inside `advance`, in order of their due time and,
 * at the same time, in the order in which they were armed; `utc` and `monotonic` then show exactly that time.
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #order = 0;
  #now = 0;
  #utcAtZero: number;

  /** `utc` is the time of day at the start, in milliseconds since 1970; monotonic time starts at 0. */
  constructor(options: { utc?: number } = {}) {
    this.#utcAtZero = options.utc ?? Date.UTC(2026, 0, 1);
  }

  /** Timers armed and neither run nor cancelled: 0 after everything was closed. */
  get pending(): number {
    return this.#timers.size;
  }

  utc(): number {
    return this.#utcAtZero + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    return this.#arm(ms, task, undefined);
  }

  every(ms: number, task: () => void): () => void {
    if (!(ms > 0)) throw new RangeError(`every(${ms}): the period must be above 0 ms`);
    return this.#arm(ms, task, ms);
  }

  /** Moves both times on by `ms` and runs every timer that falls due on the way. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`advance(${ms}): time only goes forward`);
    const end = this.#now + ms;
    for (let ran = 0; ; ran++) {
      const timer = this.#next(end);
      if (!timer) break;
      if (ran === MAX_TASKS)
        throw new Error(`advance(${ms}): ${MAX_TASKS} tasks ran; does one re-arm itself?`);
      this.#now = Math.max(this.#now, timer.due);
      if (timer.period === undefined) this.#timers.delete(timer);
      else timer.due += timer.period;
      timer.task();
    }
    this.#now = end;
  }

  /** Sets the time of day off by `ms` (either sign), as a time server or a person would; no timer runs. */
  stepUtc(ms: number): void {
    this.#utcAtZero += ms;
  }

  #arm(ms: number, task: () => void, period: number | undefined): () => void {
    const timer: Timer = { order: this.#order++, task, period, due: this.#now + Math.max(0, ms) };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (!next || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
