import type { Clock } from '../kernel/index.ts';

interface Guesses {
  failures: number;
  /** Monotonic milliseconds. */
  blockedUntil: number;
  forgetAt: number;
}

const FORGET_MS = 15 * 60_000;
const MAX_BLOCK_MS = 60_000;
const MAX_KEYS = 10_000;

/** Failures without a wait: of one name from one address, of one address, of one name from anywhere. */
const FREE = { pair: 5, address: 20, name: 50 };

/** Slows guessing down: each failure past the free ones doubles a wait of a second, up to a minute. */
export class Throttle {
  readonly #clock: Clock;
  readonly #guesses = new Map<string, Guesses>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds to wait before another guess; 0 when it may be made now. */
  wait(name: string, address: string): number {
    const now = this.#clock.monotonic();
    const until = this.#keys(name, address).map(([key]) => this.#guesses.get(key)?.blockedUntil ?? 0);
    return Math.max(0, Math.ceil((Math.max(...until) - now) / 1000));
  }

  failed(name: string, address: string): void {
    const now = this.#clock.monotonic();
    for (const [key, free] of this.#keys(name, address)) {
      const known = this.#guesses.get(key);
      const failures = (known && known.forgetAt > now ? known.failures : 0) + 1;
      const over = failures - free;
      const block = over < 0 ? 0 : Math.min(1000 * 2 ** over, MAX_BLOCK_MS);
      this.#guesses.delete(key);
      this.#guesses.set(key, { failures, blockedUntil: now + block, forgetAt: now + FORGET_MS });
    }
    this.#forgetOldest(now);
  }

  /** The right password: this name from this address is trusted again. */
  succeeded(name: string, address: string): void {
    this.#guesses.delete(`pair ${address} ${name}`);
  }

  #keys(name: string, address: string): (readonly [key: string, free: number])[] {
    return [
      [`pair ${address} ${name}`, FREE.pair],
      [`address ${address}`, FREE.address],
      [`name ${name}`, FREE.name],
    ];
  }

  #forgetOldest(now: number): void {
    for (const [key, guesses] of this.#guesses) {
      if (guesses.forgetAt > now && this.#guesses.size <= MAX_KEYS) return;
      this.#guesses.delete(key);
    }
  }
}
