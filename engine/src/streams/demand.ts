import type { Clock } from '@nightjar/media/stream';

export interface DemandOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Milliseconds for which a stream is still wanted after the last one let go. */
  readonly grace: () => number;
  /** `wanted` is another. */
  readonly changed: () => void;
}

/** Whether anybody wants a stream that runs only on demand. */
export class Demand {
  readonly #options: DemandOptions;
  #holds = 0;
  #watching = 0;
  #lingering: (() => void) | undefined;

  constructor(options: DemandOptions) {
    this.#options = options;
  }

  get wanted(): boolean {
    return this.#holds + this.#watching > 0 || this.#lingering !== undefined;
  }

  /** So many viewers watch now. */
  watching(count: number): void {
    this.#change(() => {
      this.#watching = count;
    });
  }

  /** Wants the stream until the returned function is called; that one is idempotent. */
  hold(): () => void {
    this.#change(() => {
      this.#holds++;
    });
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#change(() => {
        this.#holds--;
      });
    };
  }

  close(): void {
    this.#lingering?.();
    this.#lingering = undefined;
  }

  #change(step: () => void): void {
    const { clock, grace, changed } = this.#options;
    const before = this.#holds + this.#watching;
    step();
    const now = this.#holds + this.#watching;
    if (before === 0 && now > 0) {
      const anew = this.#lingering === undefined;
      this.close();
      if (anew) changed();
    } else if (before > 0 && now === 0) {
      this.#lingering = clock.after(grace(), () => {
        this.#lingering = undefined;
        changed();
      });
    }
  }
}
