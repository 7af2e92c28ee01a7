import { aac, type H264Format, h264Format, opusFormat, pcmFormat, pcmu } from '../../codecs/index.ts';
import type { Track } from '../../stream/index.ts';
import { FakeClock } from '../../testing/index.ts';
import type { OfferedCodec } from '../description/index.ts';
import type { TrackPlan } from '../negotiation/index.ts';
import { type FedFrame, Feed, type FeedEnd, Sender } from '../send/index.ts';
import { headerLength, writeHeader } from '../srtp/index.ts';

/** Constrained Baseline of 640x480, which promises no reordering. */
const BASELINE = Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce0fc8', 'hex');

/** A track that says it is of another profile, which promises no order unless it is Baseline. */
export function h264Track(profileLevelId = '42c01e', pps = PPS): Track {
  const format = h264Format([BASELINE], [pps]);
  const record = Buffer.from(format.record);
  Buffer.from(profileLevelId, 'hex').copy(record, 1);
  const codecString = `avc1.${profileLevelId}`;
  const maxReorderFrames = profileLevelId.startsWith('42') ? 0 : undefined;
  return { id: 1, kind: 'video', format: { ...format, record, codecString, maxReorderFrames } as H264Format };
}

export const opusTrack: Track = { id: 2, kind: 'audio', format: opusFormat(2) };
export const pcmuTrack: Track = { id: 2, kind: 'audio', format: pcmFormat(pcmu, 8000, 1) };
export const aacTrack: Track = {
  id: 2,
  kind: 'audio',
  format: aac.formatFromRecord(Buffer.from('1408', 'hex')),
};

/** A packet as the transport was given it. */
export interface SentPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly extension: boolean;
  readonly payload: Buffer;
}

const codec = (payloadType: number, name: string, clockRate: number, channels = 1): OfferedCodec => ({
  ...{ payloadType, name, clockRate, channels },
  fmtp: new Map(),
  feedback: [],
});

/** A feed with one sender on a fake clock and a transport that keeps what it is given. */
export class FeedRig {
  readonly clock = new FakeClock({ utc: Date.UTC(2026, 0, 2) });
  readonly feed = new Feed();
  readonly sent: SentPacket[] = [];
  readonly reports: Buffer[] = [];
  readonly ends: (FeedEnd | 'too_slow')[] = [];
  /** Bytes that the transport's path says it holds. */
  queued = 0;
  /** What a sender's random numbers begin with; each is one more. */
  random = 0xfffffff0;
  readonly tracks: readonly Track[];
  #ticks = 90_000;

  constructor(tracks: readonly Track[] = [h264Track()]) {
    this.tracks = tracks;
    this.feed.onTracks(tracks);
  }

  sender(options: { rtx?: boolean; playoutDelay?: { id: number; min: number; max: number } } = {}): Sender {
    const { rtx = true, playoutDelay } = options;
    const plans = this.tracks.map((track, index): TrackPlan => {
      const video = track.kind === 'video';
      const repaired = video && rtx;
      return {
        track,
        choice: {
          codec: codec(video ? 102 : 111, track.format.codec.name, track.format.clockRate),
          rtx: repaired ? codec(103, 'rtx', 90_000) : undefined,
          fmtp: '',
        },
        ssrc: 1000 + index,
        rtxSsrc: repaired ? 2000 : undefined,
      };
    });
    let { random } = this;
    const path = { protocol: 'tcp' as const, address: '127.0.0.1', port: 1, send: () => undefined };
    const rig = this;
    return new Sender({
      feed: this.feed,
      plans,
      clock: this.clock,
      random32: () => random++ >>> 0,
      cname: 'test',
      playoutDelay,
      transport: {
        get path() {
          return {
            ...path,
            queued: rig.queued,
            full: false,
            sendAll: () => undefined,
            close: () => undefined,
          };
        },
        sendRun: (run) => {
          for (const [index, { data }] of run.payloads.entries()) {
            const header = Buffer.alloc(headerLength(run, index));
            writeHeader(header, 0, run, index);
            this.#keep(header, data, undefined);
          }
        },
        sendRtp: (header, payload, lead) => this.#keep(header, payload, lead),
        resendRtp: (header, payload) => this.#keep(header, payload, undefined),
        sendRtcp: (packet) => void this.reports.push(packet),
      },
      onEnd: (end) => void this.ends.push(end),
    });
  }

  /** A picture 40 ms behind the one before; `type` is the NAL header, `slice` the slice header behind it. */
  picture(
    options: { key?: boolean; bytes?: number; slice?: number; pts?: number; disposable?: boolean } = {},
  ): void {
    const { key = false, bytes = 100, slice = key ? 0x88 : 0x9a } = options;
    this.clock.advance(40);
    this.#ticks += 3_600;
    const buffer = Buffer.alloc(bytes + 4);
    buffer.writeUInt32BE(bytes, 0);
    buffer[4] = key ? 0x65 : options.disposable ? 0x01 : 0x41;
    buffer[5] = slice;
    this.#frame(this.tracks.find(({ kind }) => kind === 'video')!, buffer, options.pts ?? this.#ticks, key);
  }

  sound(bytes = 50): void {
    const track = this.tracks.find(({ kind }) => kind === 'audio')!;
    const ticks = Math.round((this.#ticks * track.format.clockRate) / 90_000);
    this.#frame(track, Buffer.alloc(bytes, 7), ticks, true);
  }

  /** Time stamps of the video packets sent since `from`, one for each frame. */
  times(from = 0): number[] {
    const video = this.sent.slice(from).filter(({ payloadType, marker }) => payloadType === 102 && marker);
    return video.map(({ timestamp }) => timestamp);
  }

  #frame(track: Track, buffer: Buffer, pts: number, key: boolean): void {
    const frame: FedFrame = {
      ...{ track, slab: { buffer }, payload: 0, end: buffer.length },
      ...{ dts: pts, pts, key, arrival: this.clock.utc() },
    };
    this.feed.onFrame(frame);
  }

  #keep(header: Buffer, payload: Buffer, lead: Buffer | undefined): void {
    this.sent.push({
      payloadType: header[1]! & 127,
      marker: header[1]! > 127,
      sequence: header.readUInt16BE(2),
      timestamp: header.readUInt32BE(4),
      ssrc: header.readUInt32BE(8),
      extension: (header[0]! & 16) !== 0,
      payload: lead ? Buffer.concat([lead, payload]) : payload,
    });
  }
}

/** An RTCP packet of `type` with `format`, from source 1 about `media` with `rest` behind. */
export function rtcpFeedback(
  type: number,
  format: number,
  media: number,
  rest: Buffer = Buffer.alloc(0),
): Buffer {
  const b = Buffer.alloc(12 + rest.length);
  b[0] = 0x80 | format;
  b[1] = type;
  b.writeUInt16BE(b.length / 4 - 1, 2);
  b.writeUInt32BE(1, 4);
  b.writeUInt32BE(media >>> 0, 8);
  rest.copy(b, 12);
  return b;
}
