import type { Socket } from 'node:net';
import type { Clock } from '../../stream/index.ts';
import type { RtspAuth } from '../auth/server-auth.ts';
import { RtspError } from '../errors.ts';
import { parseSession } from '../wire/headers.ts';
import { cseqOf, formatResponse, header, type RtspMessage, type RtspRequest } from '../wire/message.ts';
import { WireReader } from '../wire/reader.ts';
import { formatPeer } from '../wire/url.ts';
import { Gate, NAMES_STREAM } from './gate.ts';
import { type Answer, PlaySession, type RtspMount } from './session.ts';
import { parseTarget, type Target } from './target.ts';

/** Finds what a path plays. Undefined: not found, or not for this identity. */
export type Resolve = (path: string, identity: string | undefined) => Promise<RtspMount | undefined>;

export interface ServerConnectionOptions {
  readonly clock: Clock;
  readonly random: (size: number) => Buffer;
  readonly realm: string;
  readonly auth: RtspAuth | undefined;
  readonly resolve: Resolve;
  readonly startAt: 'cached' | 'next-key';
  readonly counters: ServerCounters;
  /** An error of ours (mostly of `resolve`); the client was answered 500. */
  readonly onError: (error: unknown) => void;
}

/** What happened since the server was started. */
export interface ServerCounters {
  connections: number;
  sessions: number;
  /** Requests or bytes that ended their connection. */
  malformed: number;
  /** Wrong credentials. */
  unauthorized: number;
  /** Chunks left out for viewers that were behind. */
  skipped: number;
  /** Viewers closed because they did not drain. */
  tooSlow: number;
  /** Requests that failed on our side. */
  failed: number;
}

const MAX_QUEUED = 16;
const IDLE_MS = 60_000;
const LINGER_MS = 10_000;
const PUBLIC = 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN';
/** Methods we know and do not offer; any other unknown one is not implemented. */
const REFUSED: ReadonlySet<string> = new Set(['PAUSE', 'ANNOUNCE', 'RECORD', 'REDIRECT']);
/** Bytes of answers a client may leave unread; more once it plays. */
const MAX_UNREAD = 64 * 1024;
const MAX_UNREAD_PLAYING = 16 * 1024 * 1024;
const NOWHERE: Target = { path: '', query: '', trackIndex: undefined, base: '' };

type Handler = (request: RtspRequest, target: Target) => Answer | Promise<Answer>;

/** A session as the server lists it. */
export interface RtspSessionInfo {
  readonly id: string;
  readonly path: string;
  readonly identity: string | undefined;
  /** `host:port` of the client. */
  readonly peer: string;
  readonly playing: boolean;
  /** Chunks written, and left out because the client was behind. */
  readonly sent: number;
  readonly skipped: number;
}

/** One client: its requests in order, its identity, and at most one session. */
export class ServerConnection {
  readonly #peer: string;
  readonly #socket: Socket;
  readonly #options: ServerConnectionOptions;
  readonly #reader: WireReader;
  readonly #gate: Gate;
  readonly #queue: RtspRequest[] = [];
  readonly #closed: Promise<void>;
  readonly #handlers: ReadonlyMap<string, Handler>;
  #busy = false;
  #session: PlaySession | undefined;
  #lastRequest: number;
  #endingSince: number | undefined;

  constructor(socket: Socket, options: ServerConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const { auth, realm, random, clock, counters } = options;
    this.#peer = formatPeer({ host: socket.remoteAddress ?? '?', port: socket.remotePort ?? 0 });
    const onWrong = () => void counters.unauthorized++;
    this.#gate = new Gate({ auth, realm, nonce: random(16).toString('hex'), onWrong });
    this.#lastRequest = clock.monotonic();
    this.#handlers = new Map<string, Handler>([
      ['OPTIONS', () => ({ status: 200, headers: [['Public', PUBLIC]] })],
      ['DESCRIBE', (_request, target) => this.#describe(target)],
      ['SETUP', (request, target) => this.#setup(request, target)],
      ['PLAY', (_request, target) => this.#session?.play(target) ?? { status: 454 }],
      ['GET_PARAMETER', () => ({ status: 200 })],
      ['SET_PARAMETER', ({ body }) => ({ status: body.length === 0 ? 200 : 451 })],
      ['TEARDOWN', (_request, target) => this.#teardown(target)],
    ]);
    // Interleaved data from a client is RTCP receiver reports, of no use to a live stream over TCP.
    const sink = { packet: () => undefined, message: (message: RtspMessage) => this.#message(message) };
    this.#reader = new WireReader(sink, { peer: this.#peer, strict: true, maxBody: 64 * 1024 });
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.#listen();
  }

  get session(): RtspSessionInfo | undefined {
    const session = this.#session;
    if (!session?.started) return undefined;
    const { id, path, playing, sent, skipped } = session;
    return { id, path, identity: this.#gate.identity, peer: this.#peer, playing, sent, skipped };
  }

  /** Ends a connection that asks for nothing, or that does not go after it was told to. */
  sweep(now: number): void {
    if (this.#endingSince !== undefined) {
      if (now - this.#endingSince > LINGER_MS) this.#socket.destroy();
    } else if (!this.#session?.playing && now - this.#lastRequest > IDLE_MS) this.#end();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#reader.stop();
      this.#queue.length = 0;
      this.#leave();
    });
  }

  #data(chunk: Buffer): void {
    try {
      this.#reader.read(chunk, chunk.length);
    } catch (error) {
      if (!(error instanceof RtspError)) this.#options.onError(error);
      this.#malformed();
    }
  }

  #malformed(): void {
    if (this.#endingSince !== undefined) return;
    this.#options.counters.malformed++;
    this.#socket.write(formatResponse(400, [['Connection', 'close']]));
    this.#end();
  }

  /** No more requests; what is queued still goes out, for at most 10 s. */
  #end(): void {
    this.#endingSince ??= this.#options.clock.monotonic();
    this.#reader.stop();
    this.#queue.length = 0;
    this.#leave();
    this.#socket.end();
  }

  #leave(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#options.counters.skipped += session.skipped;
    session.close();
  }

  #message(message: RtspMessage): void {
    if (message.kind === 'response') return;
    this.#lastRequest = this.#options.clock.monotonic();
    const unread = this.#session?.playing ? MAX_UNREAD_PLAYING : MAX_UNREAD;
    if (this.#queue.length >= MAX_QUEUED || this.#socket.writableLength > unread) this.#malformed();
    else {
      this.#queue.push(message);
      if (!this.#busy) void this.#work();
    }
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let request = this.#queue.shift(); request; request = this.#queue.shift()) {
      try {
        await this.#handle(request);
      } catch (error) {
        this.#options.counters.failed++;
        this.#options.onError(error);
        this.#reply(request, { status: 500 });
      }
    }
    this.#busy = false;
  }

  async #handle(request: RtspRequest): Promise<void> {
    const early = this.#checked(request);
    if (early) return this.#reply(request, early);
    const target = parseTarget(request.uri) ?? NOWHERE;
    const refused =
      request.method === 'OPTIONS' ? undefined : await this.#gate.admit(request, target, this.#session?.path);
    if (refused) return this.#reply(request, refused);
    const outcome = this.#handlers.get(request.method)!(request, target);
    // PLAY has to be answered before the media, which comes in the next microtask: no await for a plain answer.
    this.#reply(request, outcome instanceof Promise ? await outcome : outcome);
  }

  /** What can be refused without knowing who asks. */
  #checked({ method, uri, headers, ...request }: RtspRequest): Answer | undefined {
    if (cseqOf({ method, uri, headers, ...request }) === undefined) return { status: 400 };
    if (REFUSED.has(method)) return { status: 405, headers: [['Allow', PUBLIC]] };
    if (!this.#handlers.has(method)) return { status: 501 };
    if (NAMES_STREAM.has(method) && !parseTarget(uri)) return { status: 400 };
    const required = header(headers, 'require');
    if (required) return { status: 551, headers: [['Unsupported', required]] };
    const session = method === 'DESCRIBE' ? undefined : parseSession(header(headers, 'session'));
    return session && session.id !== this.#session?.id ? { status: 454 } : undefined;
  }

  async #describe(target: Target): Promise<Answer> {
    const session = await this.#presentation(target);
    return 'status' in session ? session : session.describe(target);
  }

  async #setup(request: RtspRequest, target: Target): Promise<Answer> {
    const session = await this.#presentation(target);
    if ('status' in session) return session;
    const before = session.started;
    const answer = session.setup(target, header(request.headers, 'transport'));
    if (!before && session.started) this.#options.counters.sessions++;
    return answer;
  }

  #teardown(target: Target): Answer {
    if (!this.#session?.started) return { status: 454 };
    if (this.#session.teardown(target)) this.#leave();
    return { status: 200 };
  }

  /** The session of a path, taken up if need be. */
  async #presentation(target: Target): Promise<PlaySession | Answer> {
    if (this.#session?.path === target.path) return this.#session;
    if (this.#session?.started) return { status: 455 };
    this.#leave();
    const { resolve, random, clock, startAt } = this.#options;
    const mount = await resolve(target.path, this.#gate.identity);
    if (!mount) return { status: 404 };
    if (this.#endingSince !== undefined || this.#socket.destroyed) {
      mount.release();
      return { status: 454 };
    }
    this.#session = new PlaySession({
      id: random(8).toString('hex'),
      target,
      mount,
      socket: this.#socket,
      clock,
      startAt,
      onTooSlow: () => {
        this.#options.counters.tooSlow++;
        this.#socket.destroy();
      },
      onEnd: () => this.#end(),
    });
    return this.#session;
  }

  #reply(request: RtspRequest, { status, headers = [], body }: Answer): void {
    if (!this.#socket.writable) return;
    const cseq = cseqOf(request);
    const common = cseq === undefined ? [] : [['CSeq', String(cseq)] as const];
    this.#socket.write(formatResponse(status, [...common, ...headers], body));
    if (status === 400 || this.#gate.exhausted) this.#end();
  }
}
