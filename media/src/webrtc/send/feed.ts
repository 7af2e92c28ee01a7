import { isDisposableSlice, isH264, isSlice, nalType, sliceTypeIsB } from '../../codecs/index.ts';
import { MediaUtc, payloadOf } from '../../rtp/index.ts';
import type { Track } from '../../stream/index.ts';
import { Distribution } from './distribution.ts';
import { FramePacketizer, PAYLOAD_BYTES, type PacketizedFrame } from './packets.ts';
import type { FeedEnd, FeedLane, FeedReader } from './reader.ts';

/** What is read of a frame of the neutral stream; memory is not used after the call. */
export interface FedFrame {
  readonly track: Track;
  readonly slab: { readonly buffer: Buffer };
  readonly payload: number;
  readonly end: number;
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  /** UTC in milliseconds. */
  readonly arrival: number;
}

class Lane implements FeedLane {
  track: Track;
  gop: PacketizedFrame[] = [];
  gopBytes = 0;
  packetizer: FramePacketizer;
  highest = Number.NEGATIVE_INFINITY;
  /** Pictures seen that came in order. */
  inOrder = 0;

  constructor(track: Track) {
    this.track = track;
    this.packetizer = packetizerOf(track);
  }

  /** Whether a peer that knows this lane's format can go on with `next`. */
  continuesWith(next: Track): boolean {
    const { codec, clockRate, record } = this.track.format;
    const same = next.kind === this.track.kind && next.format.codec === codec;
    if (!same || next.format.clockRate !== clockRate) return false;
    return payloadOf(codec)!.describedInBand || next.format.record.equals(record);
  }

  continueWith(next: Track): void {
    if (next === this.track) return;
    this.track = next;
    this.packetizer = packetizerOf(next);
    this.forget();
  }

  forget(): void {
    this.gop = [];
    this.gopBytes = 0;
    this.highest = Number.NEGATIVE_INFINITY;
  }
}

/** Bytes of a GOP kept for those who join: 8 s of 8 Mbit/s. */
const GOP_BYTES = 8 * 1024 * 1024;
/** Pictures in order after which a stream that promises nothing is believed to have no B-frames. */
const ENOUGH = 4;

/**
 * One stream packetized once for all its peers, with the packets of the GOP so far. Streams with B-frames end
 * it: RTP carries presentation time only, and browsers show such pictures at a few frames a second.
 */
export class Feed {
  /** The stream has B-frames; stays until its tracks change. */
  reordered = false;
  readonly utc = new MediaUtc();
  #lanes: Lane[] = [];
  readonly #onDelivered: () => void;
  readonly #readers = new Set<FeedReader>();
  readonly #settling = new Set<() => void>();
  readonly #distribution: Distribution;

  /**
   * `next` runs a task in the next turn of the loop (setImmediate when absent); `onDelivered` is called for each
   * frame that was fed, once all readers have it or it was of no use.
   */
  constructor(options: { next?: (task: () => void) => void; onDelivered?: () => void } = {}) {
    const { next = (task) => void setImmediate(task), onDelivered = () => undefined } = options;
    this.#onDelivered = onDelivered;
    this.#distribution = new Distribution({ next, onDelivered });
  }

  get tracks(): readonly Track[] {
    return this.#lanes.map(({ track }) => track);
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Whether enough was seen to know that pictures come in order. */
  get settled(): boolean {
    const video = this.#lanes.find(({ track }) => track.kind === 'video');
    if (!video || this.reordered || promisesOrder(video.track)) return this.#lanes.length > 0;
    return video.inOrder >= ENOUGH;
  }

  /** Calls `then` once, when `settled` may have become true, or at once when it is; the result cancels. */
  whenSettled(then: () => void): () => void {
    if (this.settled) then();
    else this.#settling.add(then);
    return () => void this.#settling.delete(then);
  }

  lane(track: Track): FeedLane | undefined {
    return this.#lanes.find((lane) => lane.track === track);
  }

  attach(reader: FeedReader): () => void {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }

  /** The source's tracks from now on; none while it is lost, and peers wait. */
  onTracks(tracks: readonly Track[]): void {
    const carried = tracks.filter(({ format }) => payloadOf(format.codec));
    for (const lane of this.#lanes) lane.forget();
    if (carried.length === 0) return;
    // Whether the pictures are in order now is to be seen again.
    if (this.reordered) for (const lane of this.#lanes) lane.inOrder = 0;
    this.reordered = false;
    const next = this.#lanes.map((lane) => carried.find((track) => lane.continuesWith(track)));
    if (this.#lanes.length === carried.length && next.every((track) => track !== undefined)) {
      for (const [index, lane] of this.#lanes.entries()) lane.continueWith(next[index]!);
      return;
    }
    this.#end('tracks_changed');
    this.#lanes = carried.map((track) => new Lane(track));
    this.#settle();
  }

  onFrame(frame: FedFrame): void {
    const lane = this.#lanes.find(({ track }) => track === frame.track);
    if (lane && !this.reordered) this.utc.learn(frame);
    if (!lane || this.reordered || (lane.track.kind === 'video' && !this.#ordered(lane, frame))) {
      this.#onDelivered();
      return;
    }
    const packets = lane.packetizer.packetize(frame, frame.pts, isDisposable(frame));
    if (lane.track.kind === 'video') keep(lane, packets);
    this.#distribution.push(lane, packets, this.#readers);
    if (this.#settling.size > 0 && this.settled) this.#settle();
  }

  onEnd(): void {
    this.#end('ended');
    this.#lanes = [];
    this.#settle();
  }

  #ordered(lane: Lane, frame: FedFrame): boolean {
    if (frame.key) lane.highest = frame.pts;
    else if (frame.pts < lane.highest || isBFrame(frame)) {
      this.reordered = true;
      lane.forget();
      this.#end('reordered');
      this.#settle();
      return false;
    }
    lane.highest = Math.max(lane.highest, frame.pts);
    lane.inOrder++;
    return true;
  }

  #settle(): void {
    const waiting = [...this.#settling];
    this.#settling.clear();
    for (const then of waiting) then();
  }

  #end(end: FeedEnd): void {
    const readers = [...this.#readers];
    this.#readers.clear();
    this.#distribution.clear();
    for (const reader of readers) reader.onEnd(end);
  }
}

function packetizerOf({ format }: Track): FramePacketizer {
  return new FramePacketizer(payloadOf(format.codec)!.packetizer(format, PAYLOAD_BYTES));
}

function promisesOrder({ format }: Track): boolean {
  return 'maxReorderFrames' in format && format.maxReorderFrames === 0;
}

/** The first slice tells (ITU-T H.264 7.4.3); of H.265 the times do. */
function isBFrame(frame: FedFrame): boolean {
  const at = firstSlice(frame);
  if (at < 0) return false;
  const { buffer } = frame.slab;
  return sliceTypeIsB(buffer, at, Math.min(at + buffer.readUInt32BE(at - 4), frame.end));
}

/** Of H.264; pictures of other codecs are taken for needed. */
function isDisposable(frame: FedFrame): boolean {
  const at = frame.key ? -1 : firstSlice(frame);
  return at >= 0 && isDisposableSlice(frame.slab.buffer, at);
}

/** Where the first slice of an H.264 picture lies; -1 for other codecs, and where there is none. */
function firstSlice({ track, slab: { buffer }, payload, end }: FedFrame): number {
  if (!isH264(track.format)) return -1;
  for (let at = payload; at + 5 < end; at += 4 + buffer.readUInt32BE(at)) {
    if (isSlice(nalType(buffer, at + 4))) return at + 4;
  }
  return -1;
}

function keep(lane: Lane, packets: PacketizedFrame): void {
  if (packets.key) {
    lane.gop = [];
    lane.gopBytes = 0;
  } else if (lane.gop.length === 0) return;
  lane.gopBytes += packets.bytes;
  if (lane.gopBytes > GOP_BYTES) lane.gop = [];
  else lane.gop.push(packets);
}
