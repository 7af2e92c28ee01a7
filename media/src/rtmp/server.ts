import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
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
/** First byte of a TLS record with a handshake (RFC 8446 5.1); RTMP begins with its version, 3. */
const TLS_HANDSHAKE = 0x16;

/** An RTMP server that takes and plays streams, over TLS as well where it has a certificate. */
export class RtmpServer {
  readonly #options: RtmpServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();
  /** Sockets that have said nothing yet. */
  readonly #silent = new Map<Socket, number>();
  readonly #counters: RtmpCounters = { connections: 0, malformed: 0, refused: 0 };
  #stopSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RtmpServerOptions) {
    this.#options = options;
    this.#server = createServer({ highWaterMark: 64 * 1024 }, (socket) => this.#accept(socket));
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
      open: connections.length + this.#silent.size,
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
    for (const socket of this.#silent.keys()) socket.destroy();
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await stopped;
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const connection of this.#connections) connection.sweep(now);
    for (const [socket, since] of this.#silent) if (now - since > SILENT_MS) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#counters.connections++;
    this.#silent.set(socket, this.#options.clock.monotonic());
    const failed = (): void => void socket.destroy();
    socket.on('error', failed);
    socket.once('close', () => this.#silent.delete(socket));
    socket.once('data', (chunk: Buffer) => {
      this.#silent.delete(socket);
      socket.off('error', failed);
      const context = chunk[0] === TLS_HANDSHAKE ? this.#options.tls?.() : undefined;
      socket.pause();
      socket.unshift(chunk);
      if (context) this.#serve(overTls(socket, context));
      else {
        this.#serve(socket);
        socket.resume();
      }
    });
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

const SILENT_MS = 15_000;

/** Takes over a socket that nobody reads: what it was given back is read first. */
function overTls(socket: Socket, secureContext: SecureContext): Socket {
  socket.on('error', () => socket.destroy());
  return new TLSSocket(socket, { isServer: true, secureContext });
}
