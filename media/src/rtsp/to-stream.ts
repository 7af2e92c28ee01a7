import { codecByRtpName, type Format } from '../codecs/index.ts';
import { payloadOf, RtpReceiver, readRtcp, SessionTimeline, type TrackTimeline } from '../rtp/index.ts';
import type { Sdp, SdpMedia } from '../sdp/index.ts';
import {
  type Clock,
  type Frame,
  FrameWriter,
  type MediaStream,
  type SlabPool,
  type Track,
} from '../stream/index.ts';
import type { RtspSink } from './channel-map.ts';
import type { RtspTrackStart } from './rtp-info.ts';

export interface RtspToStreamOptions {
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Monotonic milliseconds of the stream's media zero, the same over all sessions of the stream. */
  readonly zero: number;
  /** The formats of all tracks are known and announced. */
  readonly onReady: () => void;
  /** The first key frame was published. */
  readonly onLive: () => void;
}

/** One track on its way in; `track` and `writer` come with its format. */
interface Lane {
  readonly id: number;
  readonly timeline: TrackTimeline;
  receiver: RtpReceiver | undefined;
  track: Track | undefined;
  writer: FrameWriter | undefined;
}

/** The media sections of a description that we take: the first playable video and the first playable audio. */
export function playableMedia(sdp: Sdp): number[] {
  return (['video', 'audio'] as const).flatMap((kind) => {
    const playable = sdp.media
      .map((media, index) => ({ media, index }))
      .filter(({ media }) => isPlayable(media, kind));
    // A back channel is announced as sendonly (ONVIF Streaming 5.3), but some cameras flag their picture so.
    const best = playable.find(({ media }) => media.direction !== 'sendonly') ?? playable[0];
    return best ? [best.index] : [];
  });
}

function isPlayable(media: SdpMedia, kind: 'video' | 'audio'): boolean {
  const codec = codecByRtpName(media.encodingName);
  if (!codec || codec.kind !== kind || !payloadOf(codec)) return false;
  // Video describes itself in band as well; audio does not.
  return kind === 'video' || codec.formatFromSdp(media) !== undefined;
}

/** The packets of one RTSP session become frames of a stream. */
export class RtspToStream implements RtspSink {
  /** Monotonic milliseconds at which the last frame was complete. */
  lastFrame: number;
  readonly #options: RtspToStreamOptions;
  readonly #session: SessionTimeline;
  readonly #lanes: readonly Lane[] = [];
  #ready = false;
  #live = false;

  /** `media`: the sections that were set up, in the order of their track indexes. */
  constructor(media: readonly SdpMedia[], options: RtspToStreamOptions) {
    this.#options = options;
    this.#session = new SessionTimeline(options.zero);
    this.lastFrame = options.clock.monotonic();
    const ids = { video: 1, audio: 2 };
    this.#lanes = media.map((section) =>
      this.#lane(section, ids[codecByRtpName(section.encodingName)!.kind]),
    );
    this.#maybeReady();
  }

  /** Of all tracks, since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const sum = { bytes: 0, packets: 0, lost: 0, dropped: 0 };
    for (const { receiver } of this.#lanes) {
      if (!receiver) continue;
      sum.bytes += receiver.bytes;
      sum.packets += receiver.received;
      sum.lost += receiver.lost;
      sum.dropped += receiver.dropped;
    }
    return sum;
  }

  /** What PLAY answered about where the tracks begin; used only when it says so of all of them. */
  begin(starts: readonly RtspTrackStart[]): void {
    if (!this.#lanes.every((_lane, index) => starts[index]?.rtptime !== undefined)) return;
    this.#lanes.forEach(({ timeline }, index) => {
      timeline.announce(starts[index]!.rtptime!);
    });
  }

  rtp(trackIndex: number, buffer: Buffer, start: number, end: number): void {
    this.#lanes[trackIndex]?.receiver?.packet(buffer, start, end);
  }

  rtcp(trackIndex: number, buffer: Buffer, start: number, end: number): void {
    const { report } = readRtcp(buffer, start, end);
    const lane = this.#lanes[trackIndex];
    if (report && lane) this.#session.report(lane.timeline, report.ntp, report.timestamp);
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    for (const lane of this.#lanes) {
      lane.writer?.close();
      lane.writer = undefined;
    }
    if (this.#ready) this.#options.stream.setTracks([]);
    this.#ready = false;
  }

  #lane(section: SdpMedia, id: number): Lane {
    const codec = codecByRtpName(section.encodingName)!;
    const timeline = this.#session.track(section.clockRate);
    const lane: Lane = { id, timeline, receiver: undefined, track: undefined, writer: undefined };
    const depacketizer = payloadOf(codec)!.depacketizer({
      format: codec.formatFromSdp(section),
      fmtp: section.fmtp,
      ticks: (timestamp) => {
        this.lastFrame = this.#options.clock.monotonic();
        return timeline.ticks(timestamp, this.lastFrame);
      },
      open: (format) => this.#open(lane, format),
    });
    lane.receiver = new RtpReceiver(depacketizer, section.payloadTypes[0] ?? -1);
    return lane;
  }

  /** A track's format is known or another one now: what follows is a new track object. */
  #open(lane: Lane, format: Format): FrameWriter {
    const { pool, clock } = this.#options;
    lane.writer?.close();
    lane.track = { id: lane.id, kind: format.codec.kind, format };
    lane.writer = new FrameWriter({ track: lane.track, pool, clock, push: (frame) => this.#publish(frame) });
    if (this.#ready) this.#announce();
    else if (this.#lanes.length > 0) this.#maybeReady();
    return lane.writer;
  }

  #maybeReady(): void {
    if (!this.#lanes.every((lane) => lane.track)) return;
    this.#ready = true;
    this.#announce();
    this.#options.onReady();
  }

  #announce(): void {
    this.#options.stream.setTracks(this.#lanes.map((lane) => lane.track!));
  }

  #publish(frame: Frame): void {
    if (!this.#ready) return;
    this.#options.stream.push(frame);
    if (this.#live || !frame.key) return;
    if (frame.track.kind === 'audio' && this.#lanes.some((lane) => lane.track?.kind === 'video')) return;
    this.#live = true;
    this.#options.onLive();
  }
}
