import { createServer, type Server } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type Arrival, Doorstep } from './doorstep.ts';

/** Where a server listens, and for how long it lets clients say nothing. */
export interface FrontDoorAddress {
  readonly host: string;
  /** 0: any free port, see {@link FrontDoor.port}. */
  readonly port: number;
  /** The certificate of TLS on the same port; undefined: TLS is not spoken. Asked at each connection. */
  readonly tls?: (() => SecureContext | undefined) | undefined;
  /** Connections over this are closed at once; 1000 when absent. */
  readonly maxConnections?: number | undefined;
  /** An error of the system's while it listens. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** One client's connection. */
export interface Guest {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  /** Called each second; `now`: monotonic milliseconds. */
  sweep(now: number): void;
  close(): Promise<void>;
}

export interface FrontDoorOptions<G extends Guest> extends FrontDoorAddress {
  readonly clock: {
    monotonic(): number;
    every(ms: number, task: () => void): () => void;
  };
  /** Milliseconds that a client may stay without a byte. */
  readonly silence: number;
  /** A connection was accepted; it has said nothing yet. */
  readonly onConnection: () => void;
  /** Serves a client that has spoken. */
  readonly serve: (arrival: Arrival) => G;
}

const SWEEP_MS = 1000;
const MAX_CONNECTIONS = 1000;

/** The TCP port of a server, plain and TLS, and all connections that came through it. */
export class FrontDoor<G extends Guest> {
  readonly #options: FrontDoorOptions<G>;
  readonly #server: Server;
  readonly #doorstep: Doorstep;
  readonly #guests = new Set<G>();
  #stopSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: FrontDoorOptions<G>) {
    this.#options = options;
    this.#doorstep = new Doorstep({
      silence: options.silence,
      tls: options.tls,
      enter: (arrival) => this.#enter(options.serve(arrival)),
    });
    this.#server = createServer((socket) => {
      options.onConnection();
      this.#doorstep.accept(socket, options.clock.monotonic());
    });
    this.#server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  }

  /** The port listened on. */
  get port(): number {
    return this.#listening.port;
  }

  /** The address listened on: what the name of `host` turned out to be. */
  get address(): string {
    return this.#listening.address;
  }

  /** Those whose clients have spoken. */
  get guests(): readonly G[] {
    return [...this.#guests];
  }

  /** Open connections, those that have said nothing yet among them. */
  get open(): number {
    return this.#guests.size + this.#doorstep.waiting;
  }

  /** @throws the system's error when the address cannot be listened on. */
  async start(): Promise<void> {
    const { host, port, clock, onError } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', (error) => onError?.(error));
    this.#stopSweep = clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Stops listening and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #listening(): { address: string; port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return address;
  }

  async #close(): Promise<void> {
    this.#stopSweep?.();
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#doorstep.close();
    await Promise.all(this.guests.map((guest) => guest.close()));
    await stopped;
  }

  #enter(guest: G): void {
    this.#guests.add(guest);
    void guest.closed.then(() => this.#guests.delete(guest));
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const guest of this.#guests) guest.sweep(now);
    this.#doorstep.sweep(now);
  }
}
