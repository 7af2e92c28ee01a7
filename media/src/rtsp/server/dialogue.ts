import type { Socket } from 'node:net';
import { parseSdp } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { RtspAuth } from '../auth/server-auth.ts';
import { parseSession } from '../wire/headers.ts';
import { cseqOf, header, type RtspRequest } from '../wire/message.ts';
import { formatPeer, percentDecode } from '../wire/url.ts';
import { Gate, NAMES_STREAM } from './gate.ts';
import type { Claims, Publish } from './publication.ts';
import { ofPublication, PublishSession } from './publish-session.ts';
import { type Answer, PlaySession, type Resolve } from './session.ts';
import type { RtspSessionInfo, ServerCounters } from './session-info.ts';
import { parseTarget, type Target } from './target.ts';
import type { ServerUdpPorts } from './udp-ports.ts';

/** What all dialogues of a server share. */
export interface DialogueOptions {
  readonly clock: Clock;
  readonly random: (size: number) => Buffer;
  readonly realm: string;
  readonly auth: RtspAuth | undefined;
  readonly resolve: Resolve;
  /** Absent: nobody may publish. */
  readonly publish: Publish | undefined;
  readonly claims: Claims;
  /** Absent: TCP only. */
  readonly udp: ServerUdpPorts | undefined;
  readonly startAt: 'cached' | 'next-key';
  readonly counters: ServerCounters;
}

/** What a dialogue asks of its connection. */
export interface DialogueHooks {
  /** No more requests; what is queued still goes out. */
  end(): void;
  /** False once the connection ends. */
  alive(): boolean;
}

const PLAYS = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'GET_PARAMETER', 'SET_PARAMETER', 'TEARDOWN'];
const RECORDS = ['ANNOUNCE', 'RECORD'];
/** Methods we know and do not offer; any other unknown one is not implemented. */
const REFUSED: ReadonlySet<string> = new Set(['PAUSE', 'REDIRECT', ...RECORDS]);
const MAX_ANNOUNCED = 16;
const NOWHERE: Target = { path: '', query: '', trackIndex: undefined, base: '' };

type Handler = (request: RtspRequest, target: Target) => Answer | Promise<Answer>;

/** What one client asks for and gets: its identity, and at most one session, playing or publishing. */
export class Dialogue {
  readonly peer: string;
  readonly gate: Gate;
  readonly #socket: Socket;
  readonly #options: DialogueOptions;
  readonly #hooks: DialogueHooks;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #public: string;
  #session: PlaySession | undefined;
  #publishing: PublishSession | undefined;

  constructor(socket: Socket, options: DialogueOptions, hooks: DialogueHooks) {
    this.#socket = socket;
    this.#options = options;
    this.#hooks = hooks;
    const { auth, realm, random, counters, publish } = options;
    this.peer = formatPeer({ host: socket.remoteAddress ?? '?', port: socket.remotePort ?? 0 });
    const onWrong = () => void counters.unauthorized++;
    this.gate = new Gate({ auth, realm, nonce: random(16).toString('hex'), onWrong });
    this.#public = [...PLAYS, ...(publish ? RECORDS : [])].join(', ');
    this.#handlers = new Map<string, Handler>([
      ['OPTIONS', () => ({ status: 200, headers: [['Public', this.#public]] })],
      ['DESCRIBE', (_request, target) => this.#describe(target)],
      ['SETUP', (request, target) => this.#setup(request, target)],
      ['PLAY', (_request, target) => this.#play(target)],
      ['GET_PARAMETER', () => ({ status: 200 })],
      ['SET_PARAMETER', ({ body }) => ({ status: body.length === 0 ? 200 : 451 })],
      ['TEARDOWN', (_request, target) => this.#teardown(target)],
      ...(publish
        ? [
            [
              'ANNOUNCE',
              (request: RtspRequest, target: Target) => this.#announce(request, target, publish),
            ] as const,
            ['RECORD', () => this.#record()] as const,
          ]
        : []),
    ]);
  }

  get session(): RtspSessionInfo | undefined {
    const { identity } = this.gate;
    const publishing = this.#publishing;
    if (publishing) {
      const { id, path, recording: playing, packets: received } = publishing;
      return { id, path, identity, peer: this.peer, mode: 'record', playing, sent: 0, skipped: 0, received };
    }
    const session = this.#session;
    if (!session?.started) return undefined;
    const { id, path, playing, sent, skipped } = session;
    return { id, path, identity, peer: this.peer, mode: 'play', playing, sent, skipped, received: 0 };
  }

  /** Media flows: the connection may stay without requests. */
  get playing(): boolean {
    return this.#session?.playing === true || this.#publishing?.recording === true;
  }

  /** The client is gone, though its connection does not know. */
  isDead(now: number, lastRequest: number): boolean {
    return this.#session?.isDead(now, lastRequest) === true || this.#publishing?.isDead(now) === true;
  }

  /** An interleaved packet: media of a publisher. A player's are receiver reports, of no use to a live stream. */
  packet(channel: number, buffer: Buffer, start: number, end: number): void {
    this.#publishing?.packet(channel, buffer, start, end);
  }

  /** Ends the session. */
  leave(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) {
      this.#options.counters.skipped += session.skipped;
      session.close();
    }
    const publishing = this.#publishing;
    this.#publishing = undefined;
    if (!publishing) return;
    this.#options.claims.release(publishing.path, publishing);
    publishing.close();
  }

  /**
   * Undefined, or the refusal. PLAY has to be answered before the media, which comes in the next microtask: no
   * await between {@link perform} and the reply.
   */
  async refusal(request: RtspRequest): Promise<Answer | undefined> {
    const early = this.#checked(request);
    if (early || request.method === 'OPTIONS') return early;
    const target = this.#target(request);
    if (request.method === 'ANNOUNCE' && this.#mayHaveKey(request, target)) return undefined;
    return this.gate.admit(request, target, this.#session?.path ?? this.#publishing?.path);
  }

  perform(request: RtspRequest): Answer | Promise<Answer> {
    return this.#handlers.get(request.method)!(request, this.#target(request));
  }

  /** What can be refused without knowing who asks. */
  #checked(request: RtspRequest): Answer | undefined {
    const { method, uri, headers } = request;
    if (cseqOf(request) === undefined) return { status: 400 };
    if (!this.#handlers.has(method)) {
      return REFUSED.has(method) ? { status: 405, headers: [['Allow', this.#public]] } : { status: 501 };
    }
    if ((NAMES_STREAM.has(method) || method === 'ANNOUNCE') && !parseTarget(uri)) return { status: 400 };
    const required = header(headers, 'require');
    if (required) return { status: 551, headers: [['Unsupported', required]] };
    const session = method === 'DESCRIBE' ? undefined : parseSession(header(headers, 'session'));
    const current = this.#publishing?.id ?? this.#session?.id;
    return session && session.id !== current ? { status: 454 } : undefined;
  }

  #target({ uri }: RtspRequest): Target {
    const target = parseTarget(uri) ?? NOWHERE;
    return this.#publishing ? ofPublication(target, this.#publishing.path) : target;
  }

  async #describe(target: Target): Promise<Answer> {
    const session = await this.#presentation(target);
    return 'status' in session ? session : session.describe(target);
  }

  async #setup(request: RtspRequest, target: Target): Promise<Answer> {
    const transport = header(request.headers, 'transport');
    if (this.#publishing) {
      if (this.#publishing.path !== target.path) return { status: 455 };
      return this.#publishing.setup(request.uri, transport);
    }
    const session = await this.#presentation(target);
    if ('status' in session) return session;
    const before = session.started;
    const answer = session.setup(target, transport);
    if (!before && session.started) this.#options.counters.sessions++;
    return answer;
  }

  #play(target: Target): Answer {
    if (this.#publishing) return { status: 455 };
    return this.#session?.play(target) ?? { status: 454 };
  }

  #teardown(target: Target): Answer {
    if (this.#publishing) this.leave();
    else if (!this.#session?.started) return { status: 454 };
    else if (this.#session.teardown(target)) this.leave();
    return { status: 200 };
  }

  /** The session of a path, taken up if need be. */
  async #presentation(target: Target): Promise<PlaySession | Answer> {
    if (this.#publishing) return { status: 455 };
    if (this.#session?.path === target.path) return this.#session;
    if (this.#session?.started) return { status: 455 };
    this.leave();
    const { resolve, random, clock, startAt, udp, counters } = this.#options;
    const mount = await resolve(target.path, this.gate.identity, this.peer, target.query);
    if (!mount) return { status: 404 };
    if (!this.#hooks.alive()) {
      mount.release();
      return { status: 503 };
    }
    this.#session = new PlaySession({
      id: random(8).toString('hex'),
      target,
      mount,
      socket: this.#socket,
      udp,
      clock,
      startAt,
      onTooSlow: () => {
        counters.tooSlow++;
        this.#socket.destroy();
      },
      onEnd: () => this.#hooks.end(),
    });
    return this.#session;
  }

  /** Whether `publish` decides by a key, before anybody is asked for credentials. */
  #mayHaveKey({ headers }: RtspRequest, { query }: Target): boolean {
    return header(headers, 'authorization') === undefined && keyOf(query) !== undefined;
  }

  async #announce(request: RtspRequest, target: Target, publish: Publish): Promise<Answer> {
    if (this.#publishing || this.#session?.started) return { status: 455 };
    const announced = parseSdp(request.body.toString('utf8'));
    const { length } = announced.media;
    if (length === 0 || length > MAX_ANNOUNCED) return { status: 400 };
    this.leave();
    const publication = await publish({
      path: target.path,
      identity: this.gate.identity,
      key: keyOf(target.query),
      announced,
      peer: this.peer,
    });
    if (!publication) return this.#forbidden(request, target);
    const { random, clock, udp, claims, counters } = this.#options;
    const session = new PublishSession({
      id: random(8).toString('hex'),
      path: target.path,
      announced,
      publication,
      clock,
      random,
      udp,
      address: this.#socket.remoteAddress ?? '',
      onReplaced: () => this.#hooks.end(),
    });
    const status = this.#claimStatus(publication.media.length, session, claims);
    if (status !== 200) {
      session.close();
      return { status };
    }
    counters.sessions++;
    this.#publishing = session;
    return { status: 200, headers: [['Session', `${session.id};timeout=60`]] };
  }

  #claimStatus(useful: number, session: PublishSession, claims: Claims): number {
    if (!this.#hooks.alive()) return 503;
    if (useful === 0) return 415;
    return claims.claim(session.path, session, this.#options.clock.monotonic()) ? 200 : 503;
  }

  /** A wrong key is a wrong password; somebody known who may not publish is just refused. */
  async #forbidden(request: RtspRequest, target: Target): Promise<Answer> {
    if (!this.#mayHaveKey(request, target)) return { status: 403 };
    this.gate.countWrong();
    return (await this.gate.admit(request, { ...target, query: '' }, undefined)) ?? { status: 403 };
  }

  #record(): Answer {
    return this.#publishing?.record() ?? { status: 455 };
  }
}

/** The publish key of an address: `key=` of its query. */
function keyOf(query: string): string | undefined {
  const field = query.split('&').find((part) => part.startsWith('key='));
  return field === undefined ? undefined : percentDecode(field.slice('key='.length));
}
