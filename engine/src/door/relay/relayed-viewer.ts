import { EventEmitter } from 'node:events';
import type { Taken } from '@nightjar/contract/link';
import type { TwoWay } from '../mse.ts';

/** What a viewer behind the relay is told and given. */
export interface RelayEnd {
  media(viewer: number, bytes: Buffer): void;
  /** The same of what the viewer is given to start with. */
  burst(viewer: number, bytes: Buffer): void;
  end(viewer: number): void;
  cut(viewer: number): void;
}

/**
 * Bytes that may be on their way, or be taken and not yet told of: what the server tells comes a few times a
 * second. More counts as a queue, for then it tells nothing.
 */
const ON_THE_WAY = 512 * 1024;

/** A viewer's connection that ends at the server. Emits `data` and `close` as a socket does. */
export class RelayedViewer extends EventEmitter<{ data: [Buffer]; close: [] }> implements TwoWay {
  readonly id: number;
  readonly #relay: RelayEnd;
  /** Given, and not known to be taken. */
  #untaken = 0;
  /** Of these, what the server said it holds. */
  #queued = 0;
  /** What is written is given to start with. */
  #bursting = false;
  #over = false;

  constructor(id: number, relay: RelayEnd) {
    super();
    this.id = id;
    this.#relay = relay;
  }

  get closed(): boolean {
    return this.#over;
  }

  /** Bytes that the client has not taken. */
  get writableLength(): number {
    return this.#untaken > ON_THE_WAY ? this.#untaken : this.#queued;
  }

  write(bytes: Buffer): void {
    if (this.#over) return;
    this.#untaken += bytes.length;
    if (this.#bursting) this.#relay.burst(this.id, bytes);
    else this.#relay.media(this.id, bytes);
  }

  /** What is written up to `uncork` is given to start with. */
  cork(): void {
    this.#bursting = true;
  }

  uncork(): void {
    this.#bursting = false;
  }

  end(): void {
    if (!this.#over) this.#relay.end(this.id);
  }

  destroy(): void {
    if (this.#over) return;
    this.#relay.cut(this.id);
    this.gone();
  }

  /** The server tells what its client took. */
  took({ taken, queued }: Taken): void {
    this.#untaken -= Math.min(taken, this.#untaken);
    this.#queued = queued;
  }

  /** There is no client any more. */
  gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.emit('close');
  }
}
