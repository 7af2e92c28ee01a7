import type { Clock } from '../../stream/index.ts';
import type { Send } from './quirk.ts';

/** Sends what is due, one packet after the other, until closed. */
export class Transmission {
  readonly #clock: Clock;
  readonly #sends: Iterator<Send>;
  readonly #send: (send: Send) => void;
  readonly #began: number;
  #next: IteratorResult<Send>;
  #cancel: () => void = () => undefined;

  constructor(sends: Iterable<Send>, clock: Clock, send: (send: Send) => void) {
    this.#clock = clock;
    this.#sends = sends[Symbol.iterator]();
    this.#send = send;
    this.#began = clock.monotonic();
    this.#next = this.#sends.next();
    // Behind the answer to PLAY.
    this.#cancel = clock.after(0, () => this.#step());
  }

  close(): void {
    this.#cancel();
    this.#sends.return?.();
  }

  #step(): void {
    const now = this.#clock.monotonic() - this.#began;
    while (!this.#next.done && this.#next.value.at <= now) {
      this.#send(this.#next.value);
      this.#next = this.#sends.next();
    }
    if (this.#next.done) return;
    this.#cancel = this.#clock.after(Math.max(1, this.#next.value.at - now), () => this.#step());
  }
}
