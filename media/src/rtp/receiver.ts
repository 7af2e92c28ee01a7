import type { Depacketizer } from './depacketizer.ts';
import { RtpPacket } from './packet.ts';

/** Packets in a row after which a source that was left counts as the present one again. */
const RETURNS = 100;

/**
 * The receiving end of one track over an ordered transport: header, sequence, source, then the depacketizer.
 */
export class RtpReceiver {
  received = 0;
  lost = 0;
  bytes = 0;
  /** Packets that were no RTP, or of another payload type or source than the track's. */
  ignored = 0;
  readonly #depacketizer: Depacketizer;
  readonly #payloadType: number | undefined;
  readonly #packet = new RtpPacket();
  #ssrc = -1;
  #next = -1;
  /** The number behind packets of another type that took the numbers from the next one on. */
  #beyond = -1;
  /** The source before this one, and how many packets of it came in a row. */
  #formerSsrc = -1;
  #strays = 0;

  /** `payloadType`: packets of any other are ignored; undefined when the SDP names none, which takes them all. */
  constructor(depacketizer: Depacketizer, payloadType: number | undefined) {
    this.#depacketizer = depacketizer;
    this.#payloadType = payloadType;
  }

  get dropped(): number {
    return this.#depacketizer.dropped;
  }

  /** Of the last packet; undefined before the first one. */
  get ssrc(): number | undefined {
    return this.#ssrc < 0 ? undefined : this.#ssrc;
  }

  /** Takes the RTP packet in `[start, end)` of a buffer that is reused after the call. */
  packet(b: Buffer, start: number, end: number): void {
    const packet = this.#packet;
    if (!packet.read(b, start, end) || !this.#isOurs(packet)) {
      this.ignored++;
      // Some cameras number them with the track's own, others give the same numbers again (quirk 26).
      if (packet.sequence === this.#beyond && packet.ssrc === this.#ssrc)
        this.#beyond = (packet.sequence + 1) & 0xffff;
      return;
    }
    this.received++;
    this.bytes += end - start;
    const gap = this.#gap(packet);
    this.#depacketizer.packet(b, packet.payload, packet.end, packet.marker, packet.timestamp, gap);
  }

  #isOurs({ payloadType, ssrc }: RtpPacket): boolean {
    if (this.#payloadType !== undefined && payloadType !== this.#payloadType) return false;
    // A new source is followed at once (quirk 30). The one it replaced may go on for a while, a session of
    // which the camera has not noticed the end (quirk 33).
    if (ssrc !== this.#formerSsrc) this.#strays = 0;
    else if (++this.#strays < RETURNS) return false;
    return true;
  }

  /** True when the packet does not continue the one before it. */
  #gap({ ssrc, sequence }: RtpPacket): boolean {
    const missing = sequence === this.#beyond ? 0 : (sequence - this.#next) & 0xffff;
    this.#next = (sequence + 1) & 0xffff;
    this.#beyond = this.#next;
    if (ssrc !== this.#ssrc) {
      this.#formerSsrc = this.#ssrc;
      this.#ssrc = ssrc;
      return this.#formerSsrc >= 0;
    }
    // Over TCP nothing comes twice or late: a step back is a new beginning.
    if (missing < 0x8000) this.lost += missing;
    return missing > 0;
  }
}
