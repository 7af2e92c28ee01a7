import type { Clock } from '../../clock/clock.ts';

/** Waits for the network within this time are one narrow network. Milliseconds. */
const TOGETHER_MS = 15_000;
/** So many of them lead one step down. */
const ENOUGH = 2;
/** Without any for so long, the next larger picture is tried; twice as long after each that did not last. */
const CALM_MS = 60_000;
/** So long something that begins is given. Milliseconds. */
const PATIENCE_MS = 4_000;
const LONGEST_CALM_MS = 16 * CALM_MS;

/**
 * Which of several renditions is played, counted from the smallest: the original until the picture stands still again
 * and again, as each smaller one is made by the server for who asks for it. It lives longer than one attempt to play.
 */
export class Steps {
  readonly #clock: Clock;
  /** How far below the original. */
  #below = 0;
  #stalls: number[] = [];
  #calm = CALM_MS;
  #top = 0;
  #begun = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => undefined;
  #set: (level: number) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to play one of so many renditions; `set` is given the one that is wanted, at once and at each change. */
  begin(count: number, set: (level: number) => void): void {
    this.#begun = this.#clock.now();
    this.#top = count - 1;
    this.#set = set;
    this.#below = Math.min(this.#below, this.#top);
    this.#stalls = [];
    this.#apply();
  }

  /** The picture waits for the network. */
  stalled(): void {
    const since = this.#clock.now() - TOGETHER_MS;
    this.#stalls = [...this.#stalls.filter((at) => at > since), this.#clock.now()];
    if (this.#stalls.length >= ENOUGH) this.lower();
    else this.#wait();
  }

  /** One smaller from now on. */
  lower(): void {
    this.#stalls = [];
    if (this.#below >= Math.max(this.#top, 0)) return;
    this.#below += 1;
    this.#apply();
    this.#calm = Math.min(this.#calm * 2, LONGEST_CALM_MS);
  }

  /** The attempt is over; `stood`: without a picture that moved. One that had its time and stood asks for less next. */
  end(stood: boolean): void {
    this.#set = () => undefined;
    if (stood && this.#clock.now() - this.#begun >= PATIENCE_MS) this.lower();
    this.#begun = Number.POSITIVE_INFINITY;
    this.#cancel();
  }

  #apply(): void {
    this.#set(this.#top - this.#below);
    this.#wait();
  }

  #wait(): void {
    this.#cancel();
    if (this.#below === 0) return;
    this.#cancel = this.#clock.after(this.#calm, () => {
      this.#below -= 1;
      this.#apply();
    });
  }
}
