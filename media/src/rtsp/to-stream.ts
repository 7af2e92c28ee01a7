import { type Codec, codecByRtpName, type Format } from '../codecs/index.ts';
import {
  payloadOf,
  RtpReceiver,
  readRtcp,
  SessionTimeline,
  type TrackTimeline,
  writeReceiverReport,
} from '../rtp/index.ts';
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
import { MP2T, Mp2tDepacketizer, transportStreamOf } from './mp2t-track.ts';
import type { RtspTrackStart } from './rtp-info.ts';

export interface RtspToStreamOptions {
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Monotonic milliseconds of the stream's media zero, the same over all sessions: times go on behind the last one. */
  readonly zero: number;
  /** The formats of all tracks are known and announced. */
  readonly onReady: () => void;
  /** The first key frame was published. */
  readonly onLive: () => void;
}

/** One track on its way in; `track` and `writer` come with its format. */
interface Lane {
  readonly id: number;
  readonly kind: Track['kind'];
  readonly timeline: TrackTimeline;
  receiver: RtpReceiver | undefined;
  track: Track | undefined;
  writer: FrameWriter | undefined;
}

const IDS = { video: 1, audio: 2 };
const VIDEO_RATE = 90_000;

/**
 * The media sections of a description that we take: the first playable video and the first playable audio, or where
 * there is neither a transport stream that holds both.
 * `takes` says which codecs the caller can use further on; all of them when absent.
 */
export function playableMedia(sdp: Sdp, takes: (codec: Codec) => boolean = () => true): number[] {
  const found = (['video', 'audio'] as const).flatMap((kind) => {
    const playable = sdp.media
      .map((media, index) => ({ media, index }))
      .filter(({ media }) => isPlayable(media, kind, takes));
    // A back channel is announced as sendonly (ONVIF Streaming 5.3), but some cameras flag their picture so.
    const best = playable.find(({ media }) => media.direction !== 'sendonly') ?? playable[0];
    return best ? [best.index] : [];
  });
  const carrier = transportStreamOf(sdp);
  return found.length > 0 || carrier < 0 ? found : [carrier];
}

function isPlayable(media: SdpMedia, kind: 'video' | 'audio', takes: (codec: Codec) => boolean): boolean {
  const codec = codecByRtpName(media.encodingName);
  if (!codec || codec.kind !== kind || !payloadOf(codec) || !takes(codec)) return false;
  // Video describes itself in band as well; audio does not.
  return kind === 'video' || codec.formatFromSdp(media) !== undefined;
}

/** The packets of one RTSP session become frames of a stream. */
export class RtspToStream implements RtspSink {
  readonly #options: RtspToStreamOptions;
  readonly #session: SessionTimeline;
  readonly #lanes: readonly Lane[] = [];
  readonly #hasVideo: boolean;
  /** Tells its own tracks and times. */
  #carried: Mp2tDepacketizer | undefined;
  #lastFrame: number;
  #clockSkew: number | undefined;
  #ready = false;
  #live = false;
  /** Another sound is waiting to be announced. */
  #changed = false;
  #closed = false;

  /** `media`: the sections that were set up, in the order of their track indexes. */
  constructor(media: readonly SdpMedia[], options: RtspToStreamOptions) {
    this.#options = options;
    this.#session = new SessionTimeline(options.zero, options.stream.newest);
    this.#lastFrame = options.clock.monotonic();
    this.#lanes = media.map((section) => this.#lane(section));
    this.#hasVideo = this.#lanes.some(({ kind }) => kind === 'video');
    this.#maybeReady();
  }

  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  get lastFrame(): number {
    return this.#carried?.stream.lastFrame ?? this.#lastFrame;
  }

  /** What comes and cannot be used, in words; undefined when nothing of the kind came. */
  get trouble(): string | undefined {
    if (this.#carried) return this.#carried.stream.trouble;
    return this.unknownTracks.length > 0 ? 'no parameter sets came' : undefined;
  }

  /** Kinds of the tracks whose format is not known yet: no parameter sets came, in the SDP or in band. */
  get unknownTracks(): readonly Track['kind'][] {
    return this.#lanes.filter(({ track }) => !track).map(({ kind }) => kind);
  }

  /** Seconds by which the camera's clock is ahead of ours by its last sender report; undefined before the first. */
  get clockSkew(): number | undefined {
    return this.#clockSkew;
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
      timeline.announced = starts[index]!.rtptime;
    });
  }

  rtp(trackIndex: number, buffer: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    this.#lanes[trackIndex]?.receiver?.packet(buffer, start, end);
  }

  rtcp(trackIndex: number, buffer: Buffer, start: number, end: number): void {
    const lane = this.#lanes[trackIndex];
    const { report } = readRtcp(buffer, start, end);
    if (!lane || !report) return;
    // Some cameras send reports of sources that do not exist (quirk 35).
    const ssrc = lane.receiver?.ssrc ?? report.ssrc;
    if (ssrc !== report.ssrc) return;
    this.#session.report(lane.timeline, report);
    if (report.ntp > 0) this.#clockSkew = report.ntp - this.#options.clock.utc() / 1000;
  }

  /**
   * Empty receiver reports of the tracks that come: some cameras stop when they hear nothing for a while
   * (quirk 8). To be sent every few seconds.
   */
  receiverReports(send: (trackIndex: number, packet: Buffer) => void): void {
    for (const [trackIndex, { receiver }] of this.#lanes.entries()) {
      // Any source but that of the camera.
      if (receiver?.ssrc !== undefined) send(trackIndex, writeReceiverReport(~receiver.ssrc));
    }
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#closed = true;
    this.#carried?.stream.close();
    for (const lane of this.#lanes) {
      lane.writer?.close();
      lane.writer = undefined;
    }
    if (this.#ready) this.#options.stream.setTracks([]);
    this.#ready = false;
  }

  #lane(section: SdpMedia): Lane {
    if (section.encodingName.toUpperCase() === MP2T) return this.#carrier(section);
    const codec = codecByRtpName(section.encodingName)!;
    const format = codec.formatFromSdp(section);
    const timeline = this.#session.track(section.clockRate || (format?.clockRate ?? VIDEO_RATE));
    const { kind } = codec;
    const lane: Lane = {
      id: IDS[kind],
      kind,
      timeline,
      receiver: undefined,
      track: undefined,
      writer: undefined,
    };
    const depacketizer = payloadOf(codec)!.depacketizer({
      format,
      fmtp: section.fmtp,
      ticks: (timestamp) => timeline.ticks(timestamp, this.#options.clock.monotonic()),
      open: (found) => this.#open(lane, found),
    });
    lane.receiver = new RtpReceiver(depacketizer, section.payloadType);
    return lane;
  }

  #carrier({ payloadType }: SdpMedia): Lane {
    this.#carried = new Mp2tDepacketizer(this.#options);
    return {
      id: IDS.video,
      kind: 'video',
      timeline: this.#session.track(VIDEO_RATE),
      receiver: new RtpReceiver(this.#carried, payloadType),
      track: undefined,
      writer: undefined,
    };
  }

  /** A track's format is known or another one now: what follows is a new track object. */
  #open(lane: Lane, format: Format): FrameWriter {
    const { pool, clock } = this.#options;
    lane.writer?.close();
    lane.timeline.output(format.clockRate);
    lane.track = { id: lane.id, kind: lane.kind, format };
    lane.writer = new FrameWriter({
      track: lane.track,
      pool,
      clock,
      push: (frame) => this.#publish(lane, frame),
    });
    // Sound that changes waits for the next key frame: the picture goes on, and everybody begins anew there.
    if (this.#ready && lane.kind === 'audio' && this.#hasVideo) this.#changed = true;
    else if (this.#ready) this.#announce();
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
    this.#changed = false;
    this.#options.stream.setTracks(this.#lanes.map((lane) => lane.track!));
  }

  #publish({ kind }: Lane, frame: Frame): void {
    if (!this.#ready) return;
    if (this.#changed && kind === 'audio') return;
    if (this.#changed && frame.key) this.#announce();
    this.#options.stream.push(frame);
    if (kind === 'audio' && this.#hasVideo) return;
    this.#lastFrame = this.#options.clock.monotonic();
    if (this.#live || !frame.key) return;
    this.#live = true;
    this.#options.onLive();
  }
}
