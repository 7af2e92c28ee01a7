/** Seconds of arrival after which a stretch is judged, and stretches in a row that have to say the same. */
const STRETCH = 2;
const AGREEING = 5;
/** A clock is as stated between these parts of its rate: drift is steered, bursts pass. */
const SLOWEST = 0.6;
const FASTEST = 1.7;
/** By which the stretches may differ from each other. */
const ALIKE = 1.4;
/** Below this part of its rate a clock stands still. */
const STILL = 0.0005;
/** What devices count in by mistake; an estimate this near to one of them is that. */
const KNOWN = [1000, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 90_000, 1_000_000];
const NEAR = 0.04;

/**
 * Sees when a track's RTP clock does not run at the rate that is stated: some devices count milliseconds, or another
 * codec's ticks, or not at all. Looks at how far it goes while time passes here, and says so only when ten seconds
 * agree, for a burst of seconds or a stall looks the same at first (quirks 53 and 55).
 */
export class ClockRate {
  readonly #stated: number;
  #since: number | undefined;
  #ticks = 0;
  #rates: number[] = [];

  constructor(stated: number) {
    this.#stated = stated;
  }

  /**
   * `now`: monotonic ms; `ticks`: how far RTP time went on since the last look. `assumed`: Hz by which it is read now.
   * Returns the Hz to read it by from here on, 0 for a clock that stands still; undefined: as before.
   */
  look(ticks: number, now: number, assumed: number): number | undefined {
    this.#since ??= now;
    this.#ticks += ticks;
    const seconds = (now - this.#since) / 1000;
    if (seconds < STRETCH) return undefined;
    const rate = this.#ticks / seconds;
    this.#since = now;
    this.#ticks = 0;
    if (as(rate, assumed)) this.#rates.length = 0;
    else this.#rates.push(rate);
    if (this.#rates.length < AGREEING) return undefined;
    const found = this.#agreed();
    this.#rates.length = 0;
    return found;
  }

  /** RTP time leapt: what was seen so far says nothing. */
  leapt(): void {
    this.#since = undefined;
    this.#ticks = 0;
    this.#rates.length = 0;
  }

  #agreed(): number | undefined {
    const most = Math.max(...this.#rates);
    const least = Math.min(...this.#rates);
    if (most < this.#stated * STILL) return 0;
    if (most > least * ALIKE) return undefined;
    const mean = this.#rates.reduce((sum, rate) => sum + rate, 0) / this.#rates.length;
    return [this.#stated, ...KNOWN].find((rate) => Math.abs(mean - rate) < rate * NEAR) ?? mean;
  }
}

/** Whether a rate that was seen may be that clock's. A clock that stood still still does. */
function as(seen: number, assumed: number): boolean {
  return assumed === 0 ? seen === 0 : seen >= assumed * SLOWEST && seen <= assumed * FASTEST;
}
