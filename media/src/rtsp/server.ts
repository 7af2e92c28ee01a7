import { type Arrival, FrontDoor, type FrontDoorAddress } from '../doorstep/index.ts';
import type { Clock } from '../stream/index.ts';
import type { RtspAuth } from './auth/server-auth.ts';
import { ServerConnection, type ServerConnectionOptions } from './server/connection.ts';
import { Tunnels } from './server/doorway.ts';
import { Claims, type Publish, type Replace } from './server/publication.ts';
import type { Resolve } from './server/session.ts';
import type { RtspSessionInfo, ServerCounters } from './server/session-info.ts';
import { ServerUdpPorts } from './server/udp-ports.ts';

/** `onError` also takes errors of ours while answering: the client got 500. */
export interface RtspServerOptions extends FrontDoorAddress {
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
  /** Also RTSP over HTTP, on the same port. */
  readonly httpTunnel?: boolean;
  /** Where a viewer begins: at the frames since the last key frame (default), or at the next key frame. */
  readonly startAt?: 'cached' | 'next-key';
}

/** Counters, and what is open now. */
export interface RtspServerStats extends Readonly<ServerCounters> {
  readonly open: number;
  readonly playing: number;
  readonly recording: number;
  /** Datagrams that were nobody's. */
  readonly strayDatagrams: number;
}

const SILENT_MS = 60_000;
const REALM = /^[\w .-]{1,64}$/;

/** An RTSP server (RFC 2326) that plays and takes streams over interleaved TCP and UDP. */
export class RtspServer {
  readonly #options: RtspServerOptions;
  readonly #door: FrontDoor<ServerConnection>;
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
  #closing: Promise<void> | undefined;

  constructor(options: RtspServerOptions) {
    if (!REALM.test(options.realm)) throw new RangeError(`not a realm: ${options.realm}`);
    this.#options = options;
    this.#tunnels = options.httpTunnel ? new Tunnels() : undefined;
    this.#claims = new Claims(options.replace ?? 'silent');
    this.#door = new FrontDoor({
      ...options,
      silence: SILENT_MS,
      onConnection: () => void this.#counters.connections++,
      serve: (arrival) => this.#serve(arrival),
    });
  }

  /** The port listened on. */
  get port(): number {
    return this.#door.port;
  }

  /** @throws the system's error when the address cannot be listened on. */
  async start(): Promise<void> {
    const { udpPort } = this.#options;
    await this.#door.start();
    if (udpPort !== undefined) await this.#openUdp(udpPort);
  }

  /** Sessions with at least one track set up. */
  sessions(): readonly RtspSessionInfo[] {
    return this.#door.guests.flatMap(({ session }) => session ?? []);
  }

  /** Closes the connections of all sessions that `where` names, for a right that was lost. Returns how many. */
  async disconnect(where: (session: RtspSessionInfo) => boolean): Promise<number> {
    const chosen = this.#door.guests.filter(({ session }) => session && where(session));
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
      open: this.#door.open,
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
    await this.#door.close();
    await this.#udp?.close();
  }

  async #openUdp(udpPort: number): Promise<void> {
    try {
      const onError = (error: unknown) => this.#options.onError?.(error);
      this.#udp = await ServerUdpPorts.open(this.#door.address, udpPort, onError);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #serve(arrival: Arrival): ServerConnection {
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
      udp: arrival.secure ? undefined : this.#udp,
      tunnels: this.#tunnels,
      startAt: startAt ?? 'cached',
      counters: this.#counters,
      onError: (error) => onError?.(error),
    };
    return new ServerConnection(arrival, options);
  }
}
