import {
  INTERLEAVED_HEADER,
  type Packetizer,
  PacketWriter,
  RTP_HEADER,
  type Sample,
} from '../../rtp/index.ts';
import type { RunPayload } from '../srtp/index.ts';

/** Largest RTP payload in bytes: with header, repair, SRTP, UDP and IPv6 below 1,280, which every path carries. */
export const PAYLOAD_BYTES = 1_180;

/** One frame as RTP payloads, made once for all peers, in memory of its own. */
export interface PacketizedFrame {
  readonly payloads: readonly RunPayload[];
  /** Payload bytes in all. */
  readonly bytes: number;
  /** Media time of the frame in ticks, not yet RTP time. */
  readonly time: number;
  /** Decoding can start here. */
  readonly key: boolean;
  /** No other picture is built upon it. */
  readonly disposable: boolean;
}

/** Splits the frames of one track. */
export class FramePacketizer {
  readonly #packetizer: Packetizer;
  readonly #writer = new PacketWriter({ channel: 0, payloadType: 0, ssrc: 0, sequence: 0 });

  constructor(packetizer: Packetizer) {
    this.#packetizer = packetizer;
  }

  /** `time` in ticks. The frame's memory is not used after the call. */
  packetize(frame: Sample, time: number, disposable: boolean): PacketizedFrame {
    this.#writer.open(Math.ceil((frame.end - frame.payload) * 1.05) + 512);
    this.#packetizer.packetize(frame, 0, this.#writer);
    const chunk = this.#writer.take();
    const payloads: RunPayload[] = [];
    let bytes = 0;
    for (let at = 0; at < chunk.length; ) {
      const rtp = at + INTERLEAVED_HEADER;
      const end = rtp + ((chunk[at + 2]! << 8) | chunk[at + 3]!);
      payloads.push({
        data: chunk.subarray(rtp + RTP_HEADER, end),
        marker: chunk[rtp + 1]! > 127,
        delta: chunk.readUInt32BE(rtp + 4),
      });
      bytes += end - rtp - RTP_HEADER;
      at = end;
    }
    return { payloads, bytes, time, key: frame.key, disposable };
  }
}
