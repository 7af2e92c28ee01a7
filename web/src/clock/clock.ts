/** Time as a parameter of everything that waits. Milliseconds throughout. */
export interface Clock {
  /** Only goes forward, from an arbitrary zero. */
  now(): number;
  /** Calls `task` once after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** The browser's clock. */
export const browserClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
