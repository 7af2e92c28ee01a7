import type { Frame, Track } from '../stream/index.ts';
import { INTERLEAVED_HEADER, type Packetizer, PacketWriter } from './packet-writer.ts';
import { payloadOf } from './payloads/index.ts';

/** Largest RTP payload: fits 1500-byte Ethernet with IPv6, UDP and SRTP. */
const MTU = 1400;

/** The packets of one frame, or one RTCP packet, as an `RtpViewer` gets them. */
export interface Chunk {
  readonly chunk: Buffer;
  readonly trackIndex: number;
  readonly key: boolean;
}

/** One track on its way out: its numbering, and RTP time from media time. */
export class Lane {
  track: Track;
  readonly writer: PacketWriter;
  readonly #trackIndex: number;
  /** RTP time of the media clock's zero. */
  readonly #base: number;
  #packetizer: Packetizer;

  constructor(track: Track, trackIndex: number, random32: () => number) {
    this.track = track;
    this.#trackIndex = trackIndex;
    this.#packetizer = payload(track).packetizer(track.format, MTU);
    this.#base = random32();
    this.writer = new PacketWriter({
      channel: trackIndex * 2,
      payloadType: track.format.codec.rtp.payloadType,
      ssrc: random32(),
      sequence: 0x10000 + (random32() & 0xffff),
    });
  }

  /** RTP time of media seconds. */
  rtpTime(seconds: number): number {
    return Math.round(this.#base + seconds * this.track.format.clockRate) >>> 0;
  }

  /** True when viewers who know the lane's format can go on with `track`. */
  continuesWith(track: Track): boolean {
    const { codec, clockRate, record } = this.track.format;
    const next = track.format;
    if (track.id !== this.track.id || next.codec !== codec || next.clockRate !== clockRate) return false;
    return payload(track).describedInBand || next.record.equals(record);
  }

  continueWith(track: Track): void {
    if (track === this.track) return;
    this.track = track;
    this.#packetizer = payload(track).packetizer(track.format, MTU);
  }

  /** The packets of a frame of this track, numbered after those before it. */
  packetize(frame: Frame): Chunk {
    return this.#packetize(frame, this.writer);
  }

  /** Numbers frames so that the next frame of the lane follows them: for one viewer that begins in the past. */
  replay(frames: readonly Frame[]): { chunks: readonly Chunk[]; firstSequence: number } {
    const { payloadType, ssrc, sequence } = this.writer;
    const writer = new PacketWriter({ channel: this.#trackIndex * 2, payloadType, ssrc, sequence: 0 });
    const chunks = frames.map((frame) => this.#packetize(frame, writer));
    const firstSequence = (sequence - writer.packets) & 0xffff;
    for (const { chunk } of chunks) renumber(chunk, firstSequence);
    return { chunks, firstSequence };
  }

  #packetize(frame: Frame, writer: PacketWriter): Chunk {
    writer.open(Math.ceil((frame.end - frame.payload) * 1.02) + 512);
    this.#packetizer.packetize(frame, (this.#base + frame.pts) % 2 ** 32, writer);
    return { chunk: writer.take(), trackIndex: this.#trackIndex, key: frame.key };
  }
}

/** The tracks that can be carried over RTP; their positions are the track indexes. */
export function lanesOf(tracks: readonly Track[], random32: () => number): readonly Lane[] {
  return tracks
    .filter((track) => payloadOf(track.format.codec))
    .map((track, trackIndex) => new Lane(track, trackIndex, random32));
}

function payload(track: Track) {
  const { codec } = track.format;
  const found = payloadOf(codec);
  if (!found) throw new TypeError(`${codec.name} is not carried over RTP`);
  return found;
}

/** Adds `base` to the sequence number of every packet of a chunk. */
function renumber(chunk: Buffer, base: number): void {
  for (let at = 0; at + 8 <= chunk.length; at += INTERLEAVED_HEADER + chunk.readUInt16BE(at + 2)) {
    chunk.writeUInt16BE((chunk.readUInt16BE(at + 6) + base) & 0xffff, at + 6);
  }
}
