import type { Depacketizer } from './depacketizer.ts';
import { RtpPacket } from './packet.ts';

/**
 * The receiving end of one track over an ordered transport: header, sequence, source, then the depacketizer.
 */
export class RtpReceiver {
  received = 0;
  lost = 0;
  bytes = 0;
  /** Packets that were no RTP, or of another payload type than the track's. */
  ignored = 0;
  readonly #depacketizer: Depacketizer;
  readonly #payloadType: number;
  readonly #packet = new RtpPacket();
  #ssrc = -1;
  #next = -1;

  constructor(depacketizer: Depacketizer, payloadType: number) {
    this.#depacketizer = depacketizer;
    this.#payloadType = payloadType;
  }

  get dropped(): number {
    return this.#depacketizer.dropped;
  }

  /** Takes the RTP packet in `[start, end)` of a buffer that is reused after the call. */
  packet(b: Buffer, start: number, end: number): void {
    const packet = this.#packet;
    if (!packet.read(b, start, end) || packet.payloadType !== this.#payloadType) {
      this.ignored++;
      return;
    }
    this.received++;
    this.bytes += end - start;
    let missing = 0;
    if (packet.ssrc !== this.#ssrc) this.#ssrc = packet.ssrc;
    else missing = (packet.sequence - this.#next) & 0xffff;
    this.#next = (packet.sequence + 1) & 0xffff;
    // A step of half the number space back is a duplicate or late packet, which TCP cannot produce: a restart.
    if (missing > 0 && missing < 0x8000) this.lost += missing;
    this.#depacketizer.packet(b, packet.payload, packet.end, packet.marker, packet.timestamp, missing > 0);
  }
}
