import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Doorstep } from '../doorstep/index.ts';
import type { Clock } from '../stream/index.ts';
import type { RtspAuth } from './auth/server-auth.ts';
import { ServerConnection, type ServerConnectionOptions } from './server/connection.ts';
import { Tunnels } from './server/doorway.ts';
import { Claims, type Publish, type Replace } from './server/publication.ts';
import type { Resolve } from './server/session.ts';
import type { RtspSessionInfo, ServerCounters } from './server/session-info.ts';
import { ServerUdpPorts } from './server/udp-ports.ts';

export interface RtspServerOptions {
  readonly host: string;
  /** 0: any free port, see {@link RtspServer.port}. */
  readonly port: number;
  readonly clock: Clock;
  /** Unpredictable bytes, as `crypto.randomBytes`. */
  readonly random: (size: number) => Buffer;
  /** Names the server to people; letters, digits, spaces, `.`, `_` and `-`. */
  readonly realm: string;
  /** Absent: everybody may play what `resolve` finds. */
  readonly auth?: RtspAuth;
  readonly resolve: Resolve;
  /** Absent: nobody may publish. */
  readonly publish?: Publish;
  /** When a new publisher ends the one its path has; `silent` when absent. */
  readonly replace?: Replace;
  /** The even one of two UDP ports that all sessions share; 0: any. Absent: TCP only. */
  readonly udpPort?: number;
  /** The certificate of RTSPS, on the same port; undefined: only RTSP is spoken. Asked at each connection. */
  readonly tls?: () => SecureContext | undefined;
  /** Also RTSP over HTTP, on the same port. */
  readonly httpTunnel?: boolean;
  /** Where a viewer begins: at the frames since the last key frame (default), or at the next key frame. */
  readonly startAt?: 'cached' | 'next-key';
  /** Connections over this are closed at once; 1000 when absent. */
  readonly maxConnections?: number;
  /** An error of ours while answering; the client got 500. */
  readonly onError?: (error: unknown) => void;
}

/** Counters, and what is open now. */
export interface RtspServerStats extends Readonly<ServerCounters> {
  readonly open: number;
  readonly playing: number;
  readonly recording: number;
  /** Datagrams that were nobody's. */
  readonly strayDatagrams: number;
}

const SWEEP_MS = 1000;
const SILENT_MS = 60_000;
const REALM = /^[\w .-]{1,64}$/;

/** An RTSP server (RFC 2326) that plays and takes streams over interleaved TCP and UDP. */
export class RtspServer {
  readonly #options: RtspServerOptions;
  readonly #server: Server;
  readonly #doorstep: Doorstep;
  readonly #connections = new Set<ServerConnection>();
  readonly #counters: ServerCounters = {
    connections: 0,
    sessions: 0,
    malformed: 0,
    unauthorized: 0,
    skipped: 0,
    tooSlow: 0,
    failed: 0,
  };
  readonly #claims: Claims;
  readonly #tunnels: Tunnels | undefined;
  #udp: ServerUdpPorts | undefined;
  #stopSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RtspServerOptions) {
    if (!REALM.test(options.realm)) throw new RangeError(`not a realm: ${options.realm}`);
    this.#options = options;
    this.#tunnels = options.httpTunnel ? new Tunnels() : undefined;
    this.#claims = new Claims(options.replace ?? 'silent');
    this.#doorstep = new Doorstep({
      silence: SILENT_MS,
      tls: options.tls,
      enter: (socket, secure) => this.#serve(socket, secure),
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
    if (address === null || typeof address === 'string') throw new Error('the RTSP server does not listen');
    return address.port;
  }

  /** @throws the system's error when the address cannot be listened on. */
  async start(): Promise<void> {
    const { host, port, clock, udpPort, onError } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', (error) => onError?.(error));
    if (udpPort !== undefined) await this.#openUdp(udpPort);
    this.#stopSweep = clock.every(SWEEP_MS, () => {
      const now = clock.monotonic();
      for (const connection of this.#connections) connection.sweep(now);
      this.#doorstep.sweep(now);
    });
  }

  /** Sessions with at least one track set up. */
  sessions(): readonly RtspSessionInfo[] {
    return [...this.#connections].flatMap(({ session }) => session ?? []);
  }

  /** Closes the connections of all sessions that `where` names, for a right that was lost. Returns how many. */
  async disconnect(where: (session: RtspSessionInfo) => boolean): Promise<number> {
    const chosen = [...this.#connections].filter(({ session }) => session && where(session));
    await Promise.all(chosen.map((connection) => connection.close()));
    return chosen.length;
  }

  stats(): RtspServerStats {
    const sessions = this.sessions();
    const skipped = sessions.reduce((sum, session) => sum + session.skipped, this.#counters.skipped);
    const flowing = (mode: RtspSessionInfo['mode']) =>
      sessions.filter((session) => session.playing && session.mode === mode).length;
    return {
      ...this.#counters,
      skipped,
      open: this.#connections.size + this.#doorstep.waiting,
      playing: flowing('play'),
      recording: flowing('record'),
      strayDatagrams: this.#udp?.strays ?? 0,
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
    await this.#udp?.close();
  }

  /** On the address that the name of `host` turned out to be. */
  async #openUdp(udpPort: number): Promise<void> {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the RTSP server does not listen');
    try {
      const onError = (error: unknown) => this.#options.onError?.(error);
      this.#udp = await ServerUdpPorts.open(address.address, udpPort, onError);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #serve(socket: Socket, secure: boolean): void {
    const { clock, random, realm, auth, resolve, publish, startAt, onError } = this.#options;
    const options: ServerConnectionOptions = {
      clock,
      random,
      realm,
      auth,
      resolve,
      publish,
      claims: this.#claims,
      // Media outside of TLS would be in clear: the client is told to ask for the connection it has.
      udp: secure ? undefined : this.#udp,
      tunnels: this.#tunnels,
      startAt: startAt ?? 'cached',
      counters: this.#counters,
      onError: (error) => onError?.(error),
    };
    const connection = new ServerConnection(socket, options);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }
}
