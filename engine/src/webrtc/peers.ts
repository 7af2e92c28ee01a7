import { randomBytes } from 'node:crypto';
import type { ViewerEnd } from '@nightjar/contract';
import type { Fact } from '@nightjar/contract/link';
import type { Clock, MediaStream } from '@nightjar/media/stream';
import type { Fingerprint, ViewingEnd } from '@nightjar/media/webrtc';
import type { Log } from '../kernel/index.ts';
import type { EngineStream } from '../streams/index.ts';
import type { ViewerRequest, Viewers } from '../viewers/index.ts';
import { isLocal } from './addresses.ts';
import { FeedPump } from './feed-pump.ts';
import type { ConsumeCall, ConsumeResult, FromWorker, ToWorker, WhepCall, WhepResult } from './messages.ts';
import { PeerCallError, type PeerWorker } from './peer-worker.ts';
import type { PeerSession } from './session.ts';

export interface PeersOptions {
  readonly viewers: Pick<Viewers, 'open'>;
  readonly clock: Pick<Clock, 'utc' | 'after'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Of consumers, that they have become others; of WHEP peers nothing. */
  readonly told: (fact: Fact) => void;
  /** The stream as peers get it: its sound in a codec that they take. Absent: as it is. */
  readonly rendition?: ((streamId: string, media: MediaStream) => Pick<MediaStream, 'attach'>) | undefined;
}

/** Who asks, and for what. */
export interface PeerRequest extends Pick<ViewerRequest, 'who' | 'address' | 'proof' | 'unblurred'> {
  readonly stream: EngineStream;
  readonly streamId: string;
}

type Opening =
  | Pick<WhepCall, 'type' | 'offer' | 'playoutDelay'>
  | Pick<ConsumeCall, 'type' | 'rtpCapabilities'>;

/** Milliseconds a stream that is not live yet is waited for. */
const FIRST_TRACKS = 8_000;
/** Closed sessions stay in lists for a while, so that who made them learns why they ended. */
const REMEMBERED = 200;

/** Sessions of one caller that nobody has connected to: each costs memory for half a minute. */
const UNCONNECTED = 64;

interface Fed {
  readonly pump: FeedPump;
  sessions: number;
}

/** The sessions of one worker, and the streams that are carried to it for them. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #worker: PeerWorker;
  readonly #feeds = new Map<string, Fed>();
  readonly #sessions = new Map<string, PeerSession>();
  readonly #closed: PeerSession[] = [];

  constructor(worker: PeerWorker, options: PeersOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  /** Sessions that are not over, streams carried, and sessions remembered. */
  get counts(): { sessions: number; feeds: number } {
    return { sessions: this.#sessions.size, feeds: this.#feeds.size };
  }

  session(id: string): PeerSession | undefined {
    return this.#sessions.get(id) ?? this.#closed.find((session) => session.id === id);
  }

  /** Of one stream, those that ended lately included. */
  list(streamId: string): PeerSession[] {
    return [...this.#sessions.values(), ...this.#closed].filter((session) => session.streamId === streamId);
  }

  whep(request: PeerRequest, call: Pick<WhepCall, 'offer' | 'playoutDelay'>) {
    return this.#open(request, { type: 'whep', ...call }) as Promise<Opened<WhepResult>>;
  }

  async consume(request: PeerRequest, call: Pick<ConsumeCall, 'rtpCapabilities'>) {
    const opened = (await this.#open(request, { type: 'consume', ...call })) as Opened<ConsumeResult>;
    opened.session.tracks = opened.result.tracks;
    return opened;
  }

  /** Signalling is done: DTLS may begin. Throws PeerCallError. */
  async connect(session: PeerSession, fingerprints: readonly Fingerprint[]): Promise<void> {
    this.touch(session);
    await this.#worker.call({ type: 'connect', session: session.id, fingerprints });
  }

  /** Something was heard of its client. */
  touch(session: PeerSession): void {
    session.lastSeen = this.#options.clock.utc();
  }

  /** Its client leaves. */
  end(session: PeerSession): void {
    this.#worker.post({ type: 'end_session', session: session.id });
    this.#over(session, 'left', 'the client left');
  }

  news(news: Extract<FromWorker, { type: 'connected' | 'ended' | 'figures' | 'taken' }>): void {
    if (news.type === 'taken') {
      this.#feeds.get(news.feed)?.pump.taken(news.frames);
      return;
    }
    if (news.type === 'figures') {
      this.#figures(news);
      return;
    }
    const session = this.#sessions.get(news.session);
    if (!session) return;
    if (news.type === 'connected') {
      session.state = 'CONNECTED';
      session.connected = this.#options.clock.utc();
      this.touch(session);
      this.#tell(session, 'CONNECTED', session.connected);
      return;
    }
    session.viewer.bytes = news.figures.bytes;
    session.viewer.dropped = news.figures.skipped;
    this.#over(session, ENDS[news.end], news.detail);
  }

  /** The worker is gone: so is everybody. */
  lost(reason: ViewerEnd): void {
    for (const session of [...this.#sessions.values()]) this.#over(session, reason, 'the media worker ended');
    for (const { pump } of this.#feeds.values()) pump.close();
    this.#feeds.clear();
  }

  async #open(request: PeerRequest, opening: Opening): Promise<Opened<WhepResult | ConsumeResult>> {
    const { streamId, who } = request;
    await request.stream.attend();
    const waiting = [...this.#sessions.values()].filter(({ state }) => state === 'CONNECTING');
    if (waiting.filter((session) => session.who === who).length >= UNCONNECTED)
      throw new PeerCallError('no_session', `${UNCONNECTED} sessions of yours are not connected yet`);
    const session = this.#register(request, opening.type);
    try {
      if (!(await this.#feeds.get(request.stream.id)?.pump.known(FIRST_TRACKS)))
        throw notLive(request.stream);
      // It may have lost its right meanwhile.
      if (session.state === 'CLOSED') throw new PeerCallError('no_session', 'the session was closed');
      const local = isLocal(request.address);
      const call = { ...opening, session: session.id, feed: request.stream.id, local };
      const result = await this.#worker.call(call);
      if (result.leftOut.length > 0) {
        const left_out = result.leftOut.map(({ reason }) => reason);
        this.#options.log.info('a WebRTC viewer is not sent every track', { stream_id: streamId, left_out });
      }
      return { session, result };
    } catch (error) {
      this.#worker.post({ type: 'end_session', session: session.id });
      this.#over(session, 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #register(request: PeerRequest, kind: PeerSession['kind']): PeerSession {
    const { stream, ...asked } = request;
    const { streamId, who } = asked;
    const id = randomBytes(16).toString('base64url');
    const created = this.#options.clock.utc();
    const close = (reason: ViewerEnd): void => {
      this.#worker.post({ type: 'end_session', session: id });
      this.#over(session, reason, REASONS[reason]);
    };
    const viewer = this.#options.viewers.open({ ...asked, protocol: 'webrtc', close });
    const session: PeerSession = {
      ...{
        id,
        kind,
        streamId,
        feed: stream.id,
        who,
        viewer,
        created,
        state: 'CONNECTING',
        connected: undefined,
      },
      ...{ closed: undefined, lastSeen: created, reason: undefined, tracks: [], figures: undefined },
    };
    this.#sessions.set(id, session);
    this.#feed(stream);
    return session;
  }

  #feed({ id, media }: EngineStream): void {
    const fed = this.#feeds.get(id);
    if (fed) {
      fed.sessions++;
      return;
    }
    const post = (message: ToWorker, transfer: readonly ArrayBuffer[]): void =>
      this.#worker.post(message, transfer);
    const onEnd = (): void => {
      for (const session of [...this.#sessions.values()])
        if (session.feed === id) this.#over(session, 'stream_removed', 'the stream ended');
    };
    const { clock, rendition } = this.#options;
    const stream = rendition?.(id, media) ?? media;
    const onBehind = (): void => {
      this.#options.log.warn('WebRTC does not keep up: frames are left out up to a key frame', {
        stream_id: id,
      });
    };
    const pump = new FeedPump({ id, stream, clock, post, onBehind, onEnd });
    this.#feeds.set(id, { pump, sessions: 1 });
    pump.start();
  }

  /** Idempotent. */
  #over(session: PeerSession, reason: ViewerEnd, detail: string): void {
    if (!this.#sessions.delete(session.id)) return;
    session.state = 'CLOSED';
    session.closed = this.#options.clock.utc();
    session.reason = detail;
    session.viewer.end(reason);
    this.#tell(session, 'CLOSED', session.closed, detail);
    this.#closed.unshift(session);
    this.#closed.length = Math.min(this.#closed.length, REMEMBERED);
    const fed = this.#feeds.get(session.feed);
    if (!fed || --fed.sessions > 0) return;
    this.#feeds.delete(session.feed);
    fed.pump.close();
  }

  #tell(
    { id, kind, streamId: stream_id, who }: PeerSession,
    state: 'CONNECTED' | 'CLOSED',
    at: number,
    reason?: string,
  ): void {
    if (kind !== 'consume') return;
    const about = { consumer_id: id, stream_id, who, at: new Date(at).toISOString() };
    this.#options.told({ kind: 'consumer.state', state, ...about, ...(reason ? { reason } : {}) });
  }

  #figures({ sessions }: Extract<FromWorker, { type: 'figures' }>): void {
    for (const figures of sessions) {
      const session = this.#sessions.get(figures.session);
      if (!session) continue;
      if (figures.received > (session.figures?.received ?? 0)) this.touch(session);
      session.figures = figures;
      session.viewer.bytes = figures.bytes;
      session.viewer.dropped = figures.skipped;
    }
  }
}

export interface Opened<T> {
  readonly session: PeerSession;
  readonly result: T;
}

/** How each end of a peer is told to those who count viewers. */
const ENDS: Readonly<Record<ViewingEnd, ViewerEnd>> = {
  closed: 'left',
  peer_closed: 'left',
  gone: 'left',
  timeout: 'left',
  fingerprint: 'failed',
  handshake: 'failed',
  ended: 'stream_ended',
  tracks_changed: 'stream_ended',
  reordered: 'failed',
  too_slow: 'too_slow',
};

const REASONS: Readonly<Record<ViewerEnd, string>> = {
  left: 'the client left',
  too_slow: 'the client did not keep up',
  right_ended: 'the right to watch ended',
  stream_ended: 'the stream ended',
  stream_removed: 'the stream was removed',
  shutdown: 'the engine ends',
  failed: 'it failed',
};

function notLive({ observed: { state, message } }: EngineStream): PeerCallError {
  return new PeerCallError(
    'no_session',
    `the stream is ${state}${message === undefined ? '' : `: ${message}`}`,
  );
}
