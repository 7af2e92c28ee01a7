import { type Clock, SlowReader } from '@nightjar/media/stream';

/** The connection that is written to. */
export interface PushWire {
  /** Bytes written and not yet taken. */
  readonly writableLength: number;
  write(chunk: Buffer): void;
}

/** Gives a server its stream under the rule for slow readers: a bounded queue, a skip to a key frame, then the end. */
export class Outflow {
  /** Payload bytes given to the connection. */
  bytes = 0;
  readonly #wire: PushWire;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #tooSlow: () => void;
  readonly #slow = new SlowReader();
  #waiting = true;

  constructor(wire: PushWire, clock: Pick<Clock, 'monotonic'>, tooSlow: () => void) {
    this.#wire = wire;
    this.#clock = clock;
    this.#tooSlow = tooSlow;
  }

  /** What must go out whatever waits: what a decoder has to know. */
  head(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#wire.write(chunk);
  }

  /** One frame's bytes; `key`: a decoder can start there. */
  offer(chunk: Buffer, key: boolean): void {
    if (this.#waiting && !key) return;
    const verdict = this.#slow.verdict(this.#wire.writableLength, key, this.#clock.monotonic());
    if (verdict === 'close') this.#tooSlow();
    if (verdict !== 'send') return;
    this.#waiting = false;
    this.head(chunk);
  }
}
