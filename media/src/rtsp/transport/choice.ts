import { RtspError, type RtspTransport } from '../errors.ts';

/**
 * Remembers for one camera which transport works. Ask for `current` at each connection; tell `failed` of each
 * error. Cameras that know one transport only say so with 461, or say nothing and send nothing.
 */
export class TransportChoice {
  readonly #order: readonly RtspTransport[];
  #at = 0;
  #works = false;
  #tried = 1;

  /** `order`: the preferred transport first, each at most once; `tcp`, then `udp` when absent. */
  constructor(order: readonly RtspTransport[] = ['tcp', 'udp']) {
    if (order.length === 0) throw new RangeError('no transport');
    this.#order = order;
  }

  get current(): RtspTransport {
    return this.#order[this.#at]!;
  }

  /** Media came: this transport stays until it is refused. */
  works(): void {
    this.#works = true;
    this.#tried = 1;
  }

  /**
   * A session failed. True when another transport is now current and has not been tried since media last came:
   * connect again at once. False: wait as after any error.
   */
  failed(error: unknown): boolean {
    if (!(error instanceof RtspError) || error.transport !== this.current) return false;
    // What worked before and is only silent now is a camera's trouble, not its transport's.
    if (this.#works && error.code === 'timeout') {
      this.#works = false;
      return false;
    }
    this.#works = false;
    this.#at = (this.#at + 1) % this.#order.length;
    this.#tried++;
    if (this.#tried <= this.#order.length) return true;
    this.#tried = 1;
    return false;
  }
}
