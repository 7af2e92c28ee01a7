import type { Clock, Track } from '@nightjar/media/stream';
import {
  answerConsume,
  answerWhep,
  Feed,
  type HostCandidate,
  NothingToSendError,
  OfferError,
  type Viewing,
  type ViewingEnd,
  type ViewingSurroundings,
} from '@nightjar/media/webrtc';
import type {
  Call,
  CallFault,
  ConnectCall,
  FromWorker,
  LeftOutTrack,
  PostedFrame,
  Results,
  ToWorker,
} from './messages.ts';
import { trackOf } from './posting.ts';

/** Milliseconds a stream that promises nothing may take to show that its pictures come in order. */
const SETTLE = 1_500;
const FIGURES_INTERVAL = 2_000;
/** Frames after which it is told that they were delivered. */
const TOLD = 8;

export interface PeerHostOptions extends ViewingSurroundings {
  readonly clock: Clock;
  readonly candidates: (local: boolean) => readonly HostCandidate[];
  readonly tell: (message: FromWorker) => void;
}

interface HostedFeed {
  readonly feed: Feed;
  tracks: readonly (Track | undefined)[];
  /** Frames delivered and not told yet. */
  taken: number;
}

class CallError extends Error {
  readonly fault: CallFault;

  constructor(fault: CallFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** All feeds and peers of one worker: does what the engine's main thread says, and tells it what happens. */
export class PeerHost {
  readonly #options: PeerHostOptions;
  readonly #feeds = new Map<string, HostedFeed>();
  readonly #sessions = new Map<string, Viewing>();
  /** Sessions whose client's certificates are known. */
  readonly #expected = new Set<string>();
  readonly #stopFigures: () => void;

  constructor(options: PeerHostOptions) {
    this.#options = options;
    this.#stopFigures = options.clock.every(FIGURES_INTERVAL, () => this.#tellFigures());
  }

  /** Feeds and sessions there are. */
  get counts(): { feeds: number; sessions: number } {
    return { feeds: this.#feeds.size, sessions: this.#sessions.size };
  }

  /** Takes what concerns viewers. */
  take(
    message: Exclude<ToWorker, { type: 'close' | 'exit' | 'publish' | 'refresh' | 'end_publisher' }>,
  ): void {
    if (message.type === 'frame') this.#frame(message);
    else if (message.type === 'tracks') this.#tracks(message);
    else if (message.type === 'end') this.#feeds.get(message.feed)?.feed.onEnd();
    else if (message.type === 'drop') this.#drop(message.feed);
    else if (message.type === 'end_session') this.#sessions.get(message.session)?.close();
    else void this.#call(message.id, message.call);
  }

  close(): void {
    this.#stopFigures();
    for (const session of [...this.#sessions.values()]) session.close();
    for (const { feed } of this.#feeds.values()) feed.onEnd();
    this.#feeds.clear();
  }

  #tracks({ feed, tracks }: Extract<ToWorker, { type: 'tracks' }>): void {
    let hosted = this.#feeds.get(feed);
    if (!hosted) {
      hosted = { feed: new Feed({ onDelivered: () => this.#delivered(feed) }), tracks: [], taken: 0 };
      this.#feeds.set(feed, hosted);
    }
    hosted.tracks = tracks.map(trackOf);
    hosted.feed.onTracks(hosted.tracks.filter((track) => track !== undefined));
  }

  #frame({ feed, index, bytes, ...facts }: PostedFrame): void {
    const hosted = this.#feeds.get(feed);
    const track = hosted?.tracks[index];
    if (!hosted) return;
    if (!track) {
      this.#delivered(feed);
      return;
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    hosted.feed.onFrame({ ...facts, track, slab: { buffer }, payload: 0, end: buffer.length });
  }

  #delivered(feed: string): void {
    const hosted = this.#feeds.get(feed);
    if (!hosted || ++hosted.taken < TOLD) return;
    this.#options.tell({ type: 'taken', feed, frames: hosted.taken });
    hosted.taken = 0;
  }

  #drop(feed: string): void {
    this.#feeds.get(feed)?.feed.onEnd();
    this.#feeds.delete(feed);
  }

  async #call(id: number, call: Call): Promise<void> {
    try {
      const result = call.type === 'connect' ? this.#connect(call) : await this.#open(call);
      this.#options.tell({ type: 'result', id, result });
    } catch (error) {
      this.#options.tell({ type: 'fault', id, ...faultOf(error) });
    }
  }

  #connect({ session, fingerprints }: ConnectCall): undefined {
    const viewing = this.#sessions.get(session);
    if (!viewing) throw new CallError('no_session', 'no such session');
    if (this.#expected.has(session)) throw new CallError('malformed', 'the client connects already');
    this.#expected.add(session);
    viewing.transport.expect(fingerprints);
    return undefined;
  }

  async #open(call: Exclude<Call, ConnectCall>): Promise<Results['whep' | 'consume']> {
    const feed = await this.#settledFeed(call.feed);
    const { session } = call;
    const common = {
      feed,
      candidates: this.#options.candidates(call.local),
      onConnected: () => this.#options.tell({ type: 'connected', session }),
      onEnd: (end: ViewingEnd, detail: string) => this.#ended(session, end, detail),
    };
    if (call.type === 'whep') {
      const { offer, playoutDelay } = call;
      const { viewing, answer } = answerWhep({ ...common, offer, playoutDelay }, this.#options);
      this.#sessions.set(session, viewing);
      return { answer, leftOut: leftOut(viewing) };
    }
    const { rtpCapabilities } = call;
    const { viewing, transport, tracks } = answerConsume({ ...common, rtpCapabilities }, this.#options);
    this.#sessions.set(session, viewing);
    return { transport, tracks, leftOut: leftOut(viewing) };
  }

  async #settledFeed(id: string): Promise<Feed> {
    const feed = this.#feeds.get(id)?.feed;
    if (!feed) throw new CallError('no_session', 'the stream is gone');
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancelWait();
        stop();
        resolve();
      };
      let stop: () => void = () => undefined;
      const cancelWait = this.#options.clock.after(SETTLE, done);
      stop = feed.whenSettled(done);
    });
    if (feed.reordered) {
      throw new CallError(
        'not_playable',
        'the stream has B-frames, which WebRTC cannot carry: watch it by MSE or HLS, or turn them off in the camera',
      );
    }
    if (feed.tracks.length === 0) throw new CallError('no_session', 'the stream has no media now');
    return feed;
  }

  #ended(session: string, end: ViewingEnd, detail: string): void {
    const viewing = this.#sessions.get(session);
    if (!viewing) return;
    this.#sessions.delete(session);
    this.#expected.delete(session);
    this.#options.tell({ type: 'ended', session, end, detail, figures: viewing.figures });
  }

  #tellFigures(): void {
    if (this.#sessions.size === 0) return;
    const sessions = [...this.#sessions].map(([session, viewing]) => ({
      session,
      ...viewing.figures,
      protocol: viewing.path?.protocol,
      address: viewing.path?.address,
      received: viewing.transport.counters.received,
    }));
    this.#options.tell({ type: 'figures', sessions });
  }
}

function leftOut(viewing: Viewing): LeftOutTrack[] {
  return viewing.leftOut.map(({ track, reason }) => ({ codec: track.format.codec.name, reason }));
}

function faultOf(error: unknown): { fault: CallFault; message: string } {
  if (error instanceof CallError) return { fault: error.fault, message: error.message };
  if (error instanceof OfferError) return { fault: 'malformed', message: error.message };
  if (error instanceof NothingToSendError) return { fault: 'not_playable', message: error.message };
  return {
    fault: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
