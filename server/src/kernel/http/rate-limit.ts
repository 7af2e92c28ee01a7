import type { Clock } from '../clock.ts';

/** What a counted call leaves; `resetSeconds` is the wait until the window begins anew. */
export interface Allowance {
  limit: number;
  remaining: number;
  resetSeconds: number;
  exceeded: boolean;
}

/** How often something was counted in its window, and milliseconds until that ends. */
export interface Counted {
  count: number;
  leftMs: number;
}

/** Counts that several programs share. */
export interface SharedCounts {
  /** Counts once more; undefined, at once or soon, when the others cannot be asked. Never rejects. */
  count(key: string, windowMs: number): Promise<Counted | undefined> | undefined;
}

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

/**
 * Counts calls by key in windows of a minute that begin with a key's first call. Memory is bounded: past
 * 10,000 keys the oldest window is forgotten.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #shared: SharedCounts | undefined;
  readonly #windows = new Map<string, { endsAt: number; count: number }>();

  constructor(clock: Clock, shared?: SharedCounts) {
    this.#clock = clock;
    this.#shared = shared;
  }

  /** The same for all programs that share their counts; by this one's alone while they cannot be asked. */
  async takeTogether(key: string, limit: number): Promise<Allowance> {
    const own = this.take(key, limit);
    const counted = await this.#shared?.count(key, WINDOW_MS);
    return counted === undefined ? own : allowanceOf(limit, counted);
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
    return allowanceOf(limit, { count: window.count, leftMs: window.endsAt - now });
  }

  /** Insertion order is order of expiry: every window is as long. */
  #forgetOldest(now: number): void {
    for (const [key, window] of this.#windows) {
      if (window.endsAt > now && this.#windows.size < MAX_KEYS) return;
      this.#windows.delete(key);
    }
  }
}

const allowanceOf = (limit: number, { count, leftMs }: Counted): Allowance => ({
  limit,
  remaining: Math.max(0, limit - count),
  resetSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
  exceeded: count > limit,
});
