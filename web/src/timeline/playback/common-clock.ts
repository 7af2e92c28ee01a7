/** What the clock of several pictures shows. A new object at each change but that of time. */
export interface ClockState {
  readonly playing: boolean;
  readonly rate: number;
  /** Some picture waits for footage: time stands for all. */
  readonly held: boolean;
}

interface Options {
  /** UTC milliseconds. */
  at: number;
  /** Milliseconds that only go forward. */
  now: () => number;
  /** Time does not go beyond it: there is no footage of the future. UTC milliseconds. */
  limit: () => number;
}

/** One time for several pictures of recorded footage: it goes on while it plays and nobody holds it. */
export class CommonClock {
  readonly #options: Options;
  readonly #listeners = new Set<() => void>();
  readonly #holders = new Set<string>();
  #state: ClockState = { playing: false, rate: 1, held: false };
  #base: number;
  #since: number;

  constructor(options: Options) {
    this.#options = options;
    this.#base = options.at;
    this.#since = options.now();
  }

  get state(): ClockState {
    return this.#state;
  }

  /** The moment that all pictures show now. */
  get at(): number {
    const { playing, rate, held } = this.#state;
    if (!playing || held) return this.#base;
    const at = this.#base + (this.#options.now() - this.#since) * rate;
    return Math.min(at, this.#options.limit());
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes to a moment. */
  seek(at: number): void {
    this.#base = Math.min(at, this.#options.limit());
    this.#since = this.#options.now();
    this.#tell();
  }

  setPlaying(playing: boolean): void {
    this.#change({ playing });
  }

  setRate(rate: number): void {
    this.#change({ rate });
  }

  /** Whether the picture `who` waits for footage. */
  hold(who: string, waits: boolean): void {
    if (waits === this.#holders.has(who)) return;
    if (waits) this.#holders.add(who);
    else this.#holders.delete(who);
    this.#change({ held: this.#holders.size > 0 });
  }

  #change(change: Partial<ClockState>): void {
    const next = { ...this.#state, ...change };
    const same = (Object.keys(change) as (keyof ClockState)[]).every((key) => this.#state[key] === next[key]);
    if (same) return;
    // What has passed at the old pace stays.
    this.#base = this.at;
    this.#since = this.#options.now();
    this.#state = next;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
