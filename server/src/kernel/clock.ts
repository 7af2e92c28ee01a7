/** Time as a parameter: the machine's clock in the program, a fake one in tests. */
export interface Clock {
  /** UTC in milliseconds; may step. */
  utc(): number;
  /** Milliseconds that only go forward, from an arbitrary zero. */
  monotonic(): number;
  /** Calls `task` once after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Calls `task` every `ms` until cancelled. */
  every(ms: number, task: () => void): () => void;
}

/** The clock of the machine. Its timers keep nothing alive: listeners and links do. */
export const systemClock: Clock = {
  utc: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms).unref();
    return () => clearTimeout(timer);
  },
  every(ms, task) {
    const timer = setInterval(task, ms).unref();
    return () => clearInterval(timer);
  },
};

/** Now as ISO 8601 UTC with milliseconds. */
export const isoNow = (clock: Pick<Clock, 'utc'>): string => new Date(clock.utc()).toISOString();
