import { type Clock, networkOf } from '../../kernel/index.ts';

interface Guesses {
  failures: number;
  /** Monotonic milliseconds. */
  blockedUntil: number;
  forgetAt: number;
}

/** Where a guess comes from. */
export interface Place {
  address: string;
  /** The person has signed in from this address before: what strangers do elsewhere does not count. */
  known: boolean;
  /** A device on which the person has signed in proves itself: what its neighbours do does not count either. */
  device?: string | undefined;
  /** Few guesses would do: none is free because it is the first from its place. */
  strict?: true;
}

const FORGET_MS = 15 * 60_000;
const MAX_BLOCK_MS = 60_000;
const MAX_KEYS = 10_000;

/** Failures without a wait: on one device, of one name from one address, of one address, of one name anywhere. */
const FREE = { device: 10, pair: 5, address: 20, name: 50 };

/**
 * Slows guessing down: each failure past the free ones doubles a wait of a second, up to a minute. Whoever
 * guesses at a name from elsewhere never keeps its owner out: a place or device the owner is known from is
 * judged by its own failures alone, and at a new place a first guess is always free.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #tell: (guess: { name: string; place: Place }) => void;
  readonly #guesses = new Map<string, Guesses>();

  /** `tell` hears of each failure, for other servers of the installation. */
  constructor(clock: Clock, tell: (guess: { name: string; place: Place }) => void = () => undefined) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Seconds to wait before another guess; 0 when it may be made now. */
  wait(name: string, place: Place): number {
    const now = this.#clock.monotonic();
    const until = this.#keys(name, place)
      .filter(([key]) => this.#counts(key, name, place))
      .map(([key]) => this.#guesses.get(key)?.blockedUntil ?? 0);
    return Math.max(0, Math.ceil((Math.max(0, ...until) - now) / 1000));
  }

  /** Whether nothing was tried from there of late: such a guess goes before those of others. */
  isFresh(name: string, place: Place): boolean {
    return this.#keys(name, place).every(([key]) => key.startsWith('name ') || !this.#guesses.has(key));
  }

  failed(name: string, place: Place): void {
    this.count(name, place);
    this.#tell({ name, place });
  }

  /** A failure of which others have been told. */
  count(name: string, place: Place): void {
    const now = this.#clock.monotonic();
    for (const [key, free] of this.#keys(name, place)) {
      const known = this.#guesses.get(key);
      const failures = (known && known.forgetAt > now ? known.failures : 0) + 1;
      const over = failures - free;
      const block = over < 0 ? 0 : Math.min(1000 * 2 ** over, MAX_BLOCK_MS);
      this.#guesses.delete(key);
      this.#guesses.set(key, { failures, blockedUntil: now + block, forgetAt: now + FORGET_MS });
    }
    this.#forgetOldest(now);
  }

  /** The right password: this name from this place is trusted again. */
  succeeded(name: string, place: Place): void {
    const [first] = this.#keys(name, place);
    if (first) this.#guesses.delete(first[0]);
  }

  /** What is judged alone comes first. */
  #keys(name: string, { address, known, device }: Place): (readonly [key: string, free: number])[] {
    if (device !== undefined) return [[`device ${device}`, FREE.device]];
    const network = networkOf(address);
    const pair = [`pair ${network} ${name}`, FREE.pair] as const;
    return known ? [pair] : [pair, [`address ${network}`, FREE.address], [`name ${name}`, FREE.name]];
  }

  /** The failures of a name elsewhere count only for who has failed here too. */
  #counts(key: string, name: string, { address, strict }: Place): boolean {
    return (
      strict === true || !key.startsWith('name ') || this.#guesses.has(`pair ${networkOf(address)} ${name}`)
    );
  }

  #forgetOldest(now: number): void {
    for (const [key, guesses] of this.#guesses) {
      if (guesses.forgetAt > now && this.#guesses.size <= MAX_KEYS) return;
      this.#guesses.delete(key);
    }
  }
}
