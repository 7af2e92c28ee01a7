import type { Clock } from '../clock.ts';

/** What a counted call leaves; `resetSeconds` is the wait until the window begins anew. */
export interface Allowance {
  limit: number;
  remaining: number;
  resetSeconds: number;
  exceeded: boolean;
}

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

/**
 * Counts calls by key in windows of a minute that begin with a key's first call. Memory is bounded: past
 * 10,000 keys the oldest window is forgotten.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { endsAt: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one call of `key` against `limit` a minute. */
  take(key: string, limit: number): Allowance {
    const now = this.#clock.monotonic();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key);
      this.#forgetOldest(now);
      window = { endsAt: now + WINDOW_MS, count: 0 };
      this.#windows.set(key, window);
    }
    window.count += 1;
    return {
      limit,
      remaining: Math.max(0, limit - window.count),
      resetSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)),
      exceeded: window.count > limit,
    };
  }

  /** Insertion order is order of expiry: every window is as long. */
  #forgetOldest(now: number): void {
    for (const [key, window] of this.#windows) {
      if (window.endsAt > now && this.#windows.size < MAX_KEYS) return;
      this.#windows.delete(key);
    }
  }
}
