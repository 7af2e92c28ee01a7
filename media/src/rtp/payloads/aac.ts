import { type AacFormat, aac } from '../../codecs/index.ts';
import { FrameTooLargeError, type FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

const number = (fmtp: ReadonlyMap<string, string>, name: string, otherwise: number): number => {
  const value = Number.parseInt(fmtp.get(name) ?? '', 10);
  return value >= 0 && value <= 32 ? value : otherwise;
};

/** RTP to AAC access units (RFC 3640): AAC-hbr and AAC-lbr headers, several or part of an access unit a packet. */
export class AacDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  readonly #format: AacFormat;
  readonly #writer: FrameWriter;
  readonly #sizeLength: number;
  readonly #headerBits: number;
  readonly #indexLength: number;
  #lastDts = Number.NEGATIVE_INFINITY;
  /** Bytes the open fragmented access unit still lacks; 0 when none is open. */
  #missing = 0;
  #partTimestamp = 0;

  constructor(options: DepacketizerOptions) {
    if (!options.format) throw new TypeError('RFC 3640 needs the configuration from the SDP');
    this.#options = options;
    this.#format = options.format as AacFormat;
    this.#writer = options.open(options.format);
    this.#sizeLength = number(options.fmtp, 'sizelength', 13);
    this.#indexLength = number(options.fmtp, 'indexlength', 3);
    this.#headerBits = this.#sizeLength + number(options.fmtp, 'indexdeltalength', 3);
  }

  packet(b: Buffer, start: number, end: number, _marker: boolean, timestamp: number, lost: boolean): void {
    if (lost && this.#missing > 0) this.#malformed();
    if (this.#sizeLength === 0) {
      this.#unit(b, start, end, this.#options.ticks(timestamp));
      return;
    }
    if (end - start < 4) return;
    const bits = (b[start]! << 8) | b[start + 1]!;
    const data = start + 2 + ((bits + 7) >> 3);
    if (data > end || bits < this.#sizeLength + this.#indexLength) this.#malformed();
    else if (this.#missing > 0) this.#continue(b, data, end, timestamp);
    else this.#units(b, start + 2, bits, data, end, timestamp);
  }

  #units(b: Buffer, headers: number, bits: number, data: number, end: number, timestamp: number): void {
    const base = this.#options.ticks(timestamp);
    let bit = headers * 8;
    const lastBit = bit + bits;
    let at = data;
    let index = 0;
    // The first header has indexLength, the others indexDeltaLength bits behind the size.
    let step = this.#sizeLength + this.#indexLength;
    while (bit + step <= lastBit && at < end) {
      const size = readBits(b, bit, this.#sizeLength);
      const next = at + size;
      if (size === 0 || (next > end && index > 0)) {
        this.#malformed();
        return;
      }
      if (next > end) {
        this.#part(b, at, end, size, timestamp);
        return;
      }
      this.#unit(b, at, next, base + index * this.#format.frameSamples);
      at = next;
      bit += step;
      step = this.#headerBits;
      index++;
    }
  }

  #unit(b: Buffer, start: number, end: number, ticks: number): void {
    this.#writer.begin();
    this.#writer.append(b, start, end);
    this.#finish(ticks);
  }

  #part(b: Buffer, start: number, end: number, size: number, timestamp: number): void {
    this.#writer.begin();
    this.#writer.append(b, start, end);
    this.#missing = size - (end - start);
    this.#partTimestamp = timestamp;
  }

  #continue(b: Buffer, start: number, end: number, timestamp: number): void {
    if (timestamp !== this.#partTimestamp || end - start > this.#missing) {
      this.#malformed();
      return;
    }
    try {
      this.#writer.append(b, start, end);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.#malformed();
      return;
    }
    this.#missing -= end - start;
    if (this.#missing === 0) this.#finish(this.#options.ticks(timestamp));
  }

  #finish(ticks: number): void {
    if (ticks <= this.#lastDts) {
      this.#malformed();
      return;
    }
    this.#lastDts = ticks;
    this.#writer.finish(ticks, ticks, true);
  }

  #malformed(): void {
    this.#writer.abort();
    this.#missing = 0;
    this.dropped++;
  }
}

function readBits(b: Buffer, bit: number, count: number): number {
  let value = 0;
  for (let i = bit; i < bit + count; i++) value = value * 2 + ((b[i >> 3]! >> (7 - (i & 7))) & 1);
  return value;
}

/** AAC access units to RTP (RFC 3640 3.3.6, AAC-hbr): one access unit a packet, fragmented when it is larger than the MTU. */
export class AacPacketizer implements Packetizer {
  readonly #mtu: number;

  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    const size = frame.end - frame.payload;
    const room = this.#mtu - 4;
    for (let at = frame.payload; at < frame.end; at += room) {
      const stop = Math.min(at + room, frame.end);
      out.begin(stop - at + 4, timestamp, stop === frame.end);
      out.byte(0);
      out.byte(16);
      out.byte((size >> 5) & 255);
      out.byte((size & 31) << 3);
      out.copy(frame.slab.buffer, at, stop);
      out.end();
    }
  }
}

export const aacPayload = {
  codec: aac,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new AacDepacketizer(options),
  packetizer: (_format: unknown, mtu: number): Packetizer => new AacPacketizer(mtu),
};
