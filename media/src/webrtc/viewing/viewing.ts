import type { Clock } from '../../stream/index.ts';
import type { Identity } from '../certificate/index.ts';
import type { LeftOut, TrackPlan } from '../negotiation/index.ts';
import { type Feed, type FeedEnd, Sender, type SenderFigures } from '../send/index.ts';
import type { Path, PeerMux, PeerTransport, TransportEnd } from '../transport/index.ts';

/** Why a peer no longer watches. */
export type ViewingEnd = TransportEnd | FeedEnd | 'too_slow';

/** What all who watch share. */
export interface ViewingSurroundings {
  readonly mux: Pick<PeerMux, 'open'>;
  readonly identity: Identity;
  readonly clock: Pick<Clock, 'utc' | 'monotonic' | 'after' | 'every'>;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
}

export interface ViewingOptions extends ViewingSurroundings {
  readonly feed: Feed;
  readonly plans: readonly TrackPlan[];
  readonly leftOut: readonly LeftOut[];
  readonly cname: string;
  readonly playoutDelay: { readonly id: number; readonly min: number; readonly max: number } | undefined;
  readonly onConnected?: () => void;
  /** Once; `detail` is for the log. */
  readonly onEnd: (end: ViewingEnd, detail: string) => void;
}

/** One peer that watches one stream: its transport, and what is sent on it once that is connected. */
export class Viewing {
  readonly transport: PeerTransport;
  readonly plans: readonly TrackPlan[];
  /** Tracks the peer does not get, and why. */
  readonly leftOut: readonly LeftOut[];
  readonly #sender: Sender;
  readonly #onEnd: ViewingOptions['onEnd'];
  #over = false;

  constructor(options: ViewingOptions) {
    const { mux, identity, clock } = options;
    this.plans = options.plans;
    this.leftOut = options.leftOut;
    this.#onEnd = options.onEnd;
    this.transport = mux.open({
      identity,
      clock,
      events: {
        onConnected: () => {
          options.onConnected?.();
          this.#sender.start();
        },
        onRtp: () => undefined,
        onRtcp: (b, start, end) => this.#sender.rtcp(b, start, end),
        onEnd: (end, detail) => this.#end(end, detail),
      },
    });
    const { transport } = this;
    this.#sender = new Sender({ ...options, transport, onEnd: (end) => this.#end(end, FEED_ENDS[end]) });
  }

  get figures(): SenderFigures {
    return this.#sender.figures;
  }

  get path(): Path | undefined {
    return this.transport.path;
  }

  /** Idempotent. */
  close(): void {
    this.#end('closed', 'closed by us');
  }

  #end(end: ViewingEnd, detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#sender.close();
    this.transport.close();
    this.#onEnd(end, detail);
  }
}

const FEED_ENDS: Readonly<Record<FeedEnd | 'too_slow', string>> = {
  ended: 'the stream ended',
  tracks_changed: 'the tracks of the stream are others now',
  reordered: 'the stream has B-frames, which WebRTC cannot carry',
  too_slow: 'the peer did not keep up',
};
