import type { Clock } from '../../stream/index.ts';

/** UTC that moved against monotonic time by more than this has been set, not steered. */
const STEP = 100;
/** Due times nearer than this to each other share one turn of the wheel. */
const COALESCE = 4;

/** Somebody who does something at times of its own. */
export interface Spoke {
  /** Does everything due at `now` (monotonic milliseconds); returns when to be called next. */
  turn(now: number): number;
  /** The time of day was set. */
  stepped(now: number): void;
}

/** One timer for all cameras of a process. Without spokes it has no timer at all. */
export class Wheel {
  readonly #clock: Clock;
  readonly #coalesce: number;
  readonly #spokes = new Map<Spoke, number>();
  #cancel: (() => void) | undefined;
  #at = Number.POSITIVE_INFINITY;
  #offset: number;

  constructor(clock: Clock, coalesce = COALESCE) {
    this.#clock = clock;
    this.#coalesce = coalesce;
    this.#offset = clock.utc() - clock.monotonic();
  }

  /** UTC minus monotonic time in milliseconds, constant until somebody sets the time of day. */
  get offset(): number {
    return this.#offset;
  }

  now(): number {
    this.#watchUtc();
    return this.#clock.monotonic();
  }

  /** Calls `spoke.turn` soon, and then whenever it asked for. Does nothing when it is on the wheel. */
  add(spoke: Spoke): void {
    if (this.#spokes.has(spoke)) return;
    this.#spokes.set(spoke, spoke.turn(this.now()));
    this.#arm();
  }

  remove(spoke: Spoke): void {
    if (this.#spokes.delete(spoke)) this.#arm();
  }

  #turn(): void {
    this.#cancel = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    const now = this.now();
    for (const [spoke, due] of this.#spokes) {
      if (due > now) continue;
      const next = spoke.turn(now);
      if (this.#spokes.has(spoke)) this.#spokes.set(spoke, next);
    }
    this.#arm(now + this.#coalesce);
  }

  #arm(earliest = 0): void {
    let due = Number.POSITIVE_INFINITY;
    for (const next of this.#spokes.values()) due = Math.min(due, next);
    due = Math.max(due, earliest);
    if (this.#cancel && this.#at <= due && this.#spokes.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#spokes.size === 0) return;
    this.#at = due;
    this.#cancel = this.#clock.after(Math.max(0, due - this.#clock.monotonic()), () => this.#turn());
  }

  #watchUtc(): void {
    const now = this.#clock.monotonic();
    const offset = this.#clock.utc() - now;
    if (Math.abs(offset - this.#offset) <= STEP) return;
    this.#offset = offset;
    for (const spoke of this.#spokes.keys()) spoke.stepped(now);
  }
}
