import type { Clock } from '../../kernel/index.ts';

const MAX_STEP_MS = 5 * 60_000;

/**
 * Whether UTC is more than 5 minutes off what the time since this was made says it is: then ages are not to be
 * trusted. A step that was right is confirmed by whoever looks after the machine.
 */
export class ClockSteps {
  readonly #clock: Pick<Clock, 'utc' | 'monotonic'>;
  #offset: number;

  constructor(clock: Pick<Clock, 'utc' | 'monotonic'>) {
    this.#clock = clock;
    this.#offset = this.#now();
  }

  get stepped(): boolean {
    return Math.abs(this.seconds) * 1_000 > MAX_STEP_MS;
  }

  /** By how much the clock is ahead (negative: behind). */
  get seconds(): number {
    return (this.#now() - this.#offset) / 1_000;
  }

  /** The clock is right as it is. */
  confirm(): void {
    this.#offset = this.#now();
  }

  #now(): number {
    return this.#clock.utc() - this.#clock.monotonic();
  }
}
