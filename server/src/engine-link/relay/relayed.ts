import type { RelayBegun } from '@nightjar/contract/link';

/** The connection of a client: a socket, or the one under an HTTP answer. */
export interface ClientWire {
  readonly writableLength: number;
  write(bytes: Buffer): unknown;
  end(): unknown;
  destroy(): unknown;
}

/** One viewer that the relay carries, from its question to its end. */
export class Relayed {
  readonly begun: Promise<RelayBegun>;
  readonly #settle: { resolve: (begun: RelayBegun) => void; reject: (error: Error) => void };
  #wire: ClientWire | undefined;
  /** Bytes that came before there was somewhere to put them. */
  #early: Buffer[] = [];
  #received = 0;
  #told = 0;
  #toldQueued = 0;
  #ended = false;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<RelayBegun>();
    this.begun = promise;
    this.#settle = { resolve, reject };
  }

  begin(begun: RelayBegun): void {
    this.#settle.resolve(begun);
  }

  /** Nothing will come: the engine refuses, is too slow, or is away. */
  fail(error: Error): void {
    this.#settle.reject(error);
    this.end();
  }

  pourInto(wire: ClientWire): void {
    this.#wire = wire;
    for (const bytes of this.#early.splice(0)) wire.write(bytes);
    if (this.#ended) wire.end();
  }

  give(bytes: Buffer): void {
    this.#received += bytes.length;
    if (this.#wire) this.#wire.write(bytes);
    else this.#early.push(bytes);
  }

  end(): void {
    this.#ended = true;
    this.#wire?.end();
  }

  cut(): void {
    this.#ended = true;
    this.#early = [];
    this.#wire?.destroy();
  }

  /** What the client took since it was asked last; undefined when that is no news. */
  taken(): { taken: number; queued: number } | undefined {
    const early = this.#early.reduce((sum, { length }) => sum + length, 0);
    const queued = Math.min(this.#wire?.writableLength ?? early, this.#received);
    const taken = Math.max(0, this.#received - queued - this.#told);
    if (taken === 0 && queued === this.#toldQueued) return undefined;
    this.#told += taken;
    this.#toldQueued = queued;
    return { taken, queued };
  }
}
