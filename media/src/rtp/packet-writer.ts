import { RTP_HEADER, writeRtpHeader } from './packet.ts';

/** `$`, channel, 16-bit length (RFC 2326 10.12). */
export const INTERLEAVED_HEADER = 4;

/**
 * Gathers the RTP packets of one frame in one buffer, each behind its RTSP interleaved header, so that every
 * viewer over TCP takes the frame in one write and UDP sends slices of it.
 */
export class PacketWriter {
  /** Sequence number of the next packet, not yet reduced to 16 bits. */
  sequence: number;
  packets = 0;
  octets = 0;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Interleaved channel of the packets. */
  readonly channel: number;
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #packet = 0;

  constructor(options: { channel: number; payloadType: number; ssrc: number; sequence: number }) {
    this.channel = options.channel;
    this.payloadType = options.payloadType;
    this.ssrc = options.ssrc;
    this.sequence = options.sequence;
  }

  /** Starts a frame expected to need about `bytes`. */
  open(bytes: number): void {
    this.#buffer = Buffer.allocUnsafe(bytes);
    this.#at = 0;
  }

  /** Starts a packet whose payload will be at most `bytes`. */
  begin(bytes: number, timestamp: number): void {
    const need = this.#at + INTERLEAVED_HEADER + RTP_HEADER + bytes;
    if (need > this.#buffer.length) this.#grow(need);
    this.#packet = this.#at;
    const b = this.#buffer;
    b[this.#at] = 0x24;
    b[this.#at + 1] = this.channel;
    this.#at = writeRtpHeader(
      b,
      this.#at + INTERLEAVED_HEADER,
      false,
      this.payloadType,
      this.sequence++,
      timestamp,
      this.ssrc,
    );
  }

  byte(value: number): void {
    this.#buffer[this.#at++] = value;
  }

  copy(from: Buffer, start: number, end: number): void {
    from.copy(this.#buffer, this.#at, start, end);
    this.#at += end - start;
  }

  /** Settles the packet's length. */
  end(): void {
    const length = this.#at - this.#packet - INTERLEAVED_HEADER;
    this.#buffer[this.#packet + 2] = length >>> 8;
    this.#buffer[this.#packet + 3] = length & 255;
    this.packets++;
    this.octets += length - RTP_HEADER;
  }

  /** Sets the marker bit of the last packet: it ends its frame. */
  mark(): void {
    if (this.#at > 0) this.#buffer[this.#packet + INTERLEAVED_HEADER + 1]! |= 128;
  }

  /** The packets since `open`. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #grow(need: number): void {
    const larger = Buffer.allocUnsafe(need + (need >> 1));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** What a packetizer reads of a frame. */
export interface Sample {
  readonly slab: { readonly buffer: Buffer };
  readonly payload: number;
  readonly end: number;
  readonly key: boolean;
}

/** Turns frames of one track into RTP payloads. */
export interface Packetizer {
  /** Writes every packet of `frame`, the last one with the marker bit. `timestamp` is its RTP time. */
  packetize(frame: Sample, timestamp: number, out: PacketWriter): void;
}
