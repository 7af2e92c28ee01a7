import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Doorstep } from '../doorstep/index.ts';
import type { Clock } from '../stream/index.ts';
import { type RtmpCounters, ServerConnection } from './server/connection.ts';
import type { SessionHooks } from './server/hooks.ts';

export interface RtmpServerOptions extends SessionHooks {
  readonly host: string;
  /** 0: any free port, see {@link RtmpServer.port}. */
  readonly port: number;
  readonly clock: Clock;
  /** Unpredictable bytes, as `crypto.randomBytes`. */
  readonly random: (size: number) => Buffer;
  /** The certificate of RTMPS, on the same port; undefined: only RTMP is spoken. Asked at each connection. */
  readonly tls?: () => SecureContext | undefined;
  /** Connections over this are closed at once; 1000 when absent. */
  readonly maxConnections?: number;
  /** An error of ours; the client was sent away. */
  readonly onError?: (error: unknown) => void;
}

/** Counters, and what is open now. */
export interface RtmpServerStats extends Readonly<RtmpCounters> {
  readonly open: number;
  readonly publishing: number;
  readonly playing: number;
}

const SWEEP_MS = 1000;
const SILENT_MS = 15_000;

/** An RTMP server that takes and plays streams, over TLS as well where it has a certificate. */
export class RtmpServer {
  readonly #options: RtmpServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();
  readonly #doorstep: Doorstep;
  readonly #counters: RtmpCounters = { connections: 0, malformed: 0, refused: 0 };
  #stopSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RtmpServerOptions) {
    this.#options = options;
    this.#doorstep = new Doorstep({
      silence: SILENT_MS,
      tls: options.tls,
      enter: (socket) => this.#serve(socket),
    });
    this.#server = createServer({ highWaterMark: 64 * 1024 }, (socket) => {
      this.#counters.connections++;
      this.#doorstep.accept(socket, options.clock.monotonic());
    });
    this.#server.maxConnections = options.maxConnections ?? 1000;
  }

  /** The port listened on. */
  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the RTMP server does not listen');
    return address.port;
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

  stats(): RtmpServerStats {
    const connections = [...this.#connections];
    return {
      ...this.#counters,
      open: connections.length + this.#doorstep.waiting,
      publishing: connections.filter(({ publishing }) => publishing).length,
      playing: connections.filter(({ playing }) => playing).length,
    };
  }

  /** Stops listening and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopSweep?.();
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#doorstep.close();
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await stopped;
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const connection of this.#connections) connection.sweep(now);
    this.#doorstep.sweep(now);
  }

  #serve(socket: Socket): void {
    const { clock, random, publish, play, onError } = this.#options;
    const connection = new ServerConnection(socket, {
      clock,
      random,
      publish,
      play,
      counters: this.#counters,
      onError: (error) => onError?.(error),
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }
}
