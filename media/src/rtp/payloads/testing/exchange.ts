import type { Format } from '../../../codecs/index.ts';
import { FRAME_HEADROOM, type Frame, FrameWriter, SlabPool, type Track } from '../../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../../depacketizer.ts';
import { RtpPacket } from '../../packet.ts';
import { INTERLEAVED_HEADER, type Packetizer, PacketWriter } from '../../packet-writer.ts';

/** One RTP packet without its header. */
export interface Packet {
  readonly payload: Buffer;
  readonly marker: boolean;
  readonly timestamp: number;
  /** Packets are missing in front of it. */
  readonly lost?: boolean;
}

/** A frame as it came out, its bytes copied. */
export interface Received {
  readonly data: Buffer;
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  readonly format: Format;
}

/** Collects what a depacketizer makes of packets; ticks are RTP time stamps as they are. */
export class Exchange {
  readonly frames: Received[] = [];
  readonly formats: Format[] = [];
  readonly #pool = new SlabPool();
  #writer: FrameWriter | undefined;

  options(format?: Format, fmtp: Record<string, string> = {}): DepacketizerOptions {
    return {
      format,
      fmtp: new Map(Object.entries(fmtp)),
      ticks: (timestamp) => timestamp,
      open: (next) => this.#open(next),
    };
  }

  #open(format: Format): FrameWriter {
    this.formats.push(format);
    this.#writer?.close();
    this.#writer = new FrameWriter({
      track: { id: 1, kind: format.codec.kind, format },
      pool: this.#pool,
      clock: { utc: () => 0 },
      push: (frame) => this.#push(frame),
    });
    return this.#writer;
  }

  #push(frame: Frame): void {
    const { dts, pts, key, track } = frame;
    const data = Buffer.from(frame.slab.buffer.subarray(frame.payload, frame.end));
    this.frames.push({ data, dts, pts, key, format: track.format });
  }
}

/** Gives packets to a depacketizer as a socket would: in one buffer that is overwritten after the call. */
export function deliver(depacketizer: Depacketizer, packets: readonly Packet[]): void {
  const socket = Buffer.alloc(70_000);
  for (const { payload, marker, timestamp, lost } of packets) {
    payload.copy(socket, 100);
    depacketizer.packet(socket, 100, 100 + payload.length, marker, timestamp, lost ?? false);
    socket.fill(0xee, 100, 100 + payload.length);
  }
}

/** A frame in a buffer of its own, as packetizers read it. */
export function frameOf(format: Format, data: Buffer, pts: number, key: boolean): Frame {
  const slab = new SlabPool().open(FRAME_HEADROOM + data.length);
  data.copy(slab.buffer, FRAME_HEADROOM);
  const track: Track = { id: 1, kind: format.codec.kind, format };
  return {
    track,
    slab,
    start: 0,
    payload: FRAME_HEADROOM,
    end: FRAME_HEADROOM + data.length,
    dts: pts,
    pts,
    duration: 0,
    key,
    arrival: 0,
  };
}

/** The packets a packetizer makes of one frame. */
export function packetsOf(packetizer: Packetizer, frame: Frame): Packet[] {
  const writer = new PacketWriter({ channel: 0, payloadType: 96, ssrc: 1, sequence: 0 });
  writer.open(64);
  packetizer.packetize(frame, frame.pts, writer);
  const chunk = writer.take();
  const packets: Packet[] = [];
  const packet = new RtpPacket();
  for (let at = 0; at < chunk.length; ) {
    const end = at + INTERLEAVED_HEADER + chunk.readUInt16BE(at + 2);
    if (!packet.read(chunk, at + INTERLEAVED_HEADER, end)) throw new Error(`no RTP packet at ${at}`);
    const payload = Buffer.from(chunk.subarray(packet.payload, packet.end));
    packets.push({ payload, marker: packet.marker, timestamp: packet.timestamp });
    at = end;
  }
  return packets;
}
