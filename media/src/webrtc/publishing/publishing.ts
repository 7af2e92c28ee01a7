import type { Clock } from '../../stream/index.ts';
import type { Identity } from '../certificate/index.ts';
import { type IncomingFormat, MediaReceiver, type ReceiverFigures } from '../receive/index.ts';
import type { Path, PeerMux, PeerTransport, TransportEnd } from '../transport/index.ts';

/** What all who publish share. */
export interface PublishingSurroundings {
  readonly mux: Pick<PeerMux, 'open'>;
  readonly identity: Identity;
  readonly clock: Pick<Clock, 'utc' | 'monotonic' | 'after' | 'every'>;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
}

/** Takes what a publisher sends. Calls are synchronous. */
export interface PublishingEvents {
  onConnected(): void;
  /** One RTP packet of a track, in order; the buffer is not used again. */
  onRtp(trackIndex: number, packet: Buffer): void;
  /** A sender report of a track. */
  onReport(trackIndex: number, report: Buffer): void;
  /** Once; `detail` is for the log. */
  onEnd(end: TransportEnd, detail: string): void;
}

/** One peer that publishes one stream: its transport, and the media that comes on it. */
export class Publishing {
  readonly transport: PeerTransport;
  readonly #receiver: MediaReceiver;

  constructor(
    around: PublishingSurroundings,
    tracks: readonly IncomingFormat[],
    events: PublishingEvents,
    cname: string,
  ) {
    const { mux, identity, clock, random32 } = around;
    this.transport = mux.open({
      identity,
      clock,
      events: {
        onConnected: () => {
          this.#receiver.start();
          events.onConnected();
        },
        onRtp: (b, start, end) => this.#receiver.rtp(b.subarray(start, end)),
        onRtcp: (b, start, end) => this.#receiver.rtcp(b, start, end),
        onEnd: (end, detail) => {
          this.#receiver.close();
          events.onEnd(end, detail);
        },
      },
    });
    this.#receiver = new MediaReceiver({
      transport: this.transport,
      clock,
      ssrc: random32(),
      cname,
      tracks,
      onRtp: (trackIndex, packet) => events.onRtp(trackIndex, packet),
      onReport: (trackIndex, report) => events.onReport(trackIndex, report),
    });
  }

  get figures(): ReceiverFigures {
    return this.#receiver.figures;
  }

  get path(): Path | undefined {
    return this.transport.path;
  }

  /** Asks for a key frame; not too often. */
  refresh(): void {
    this.#receiver.refresh();
  }

  /** Idempotent. */
  close(): void {
    this.transport.close();
  }
}
