import { BitReader, MalformedError, unlessMalformed } from '../../bytes/index.ts';
import {
  type AacFormat,
  aac,
  aacLatm,
  type Format,
  isAac,
  parseStreamMux,
  readStreamMux,
  type StreamMux,
} from '../../codecs/index.ts';
import type { FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

/** An AudioMuxElement of more bytes has lost its end. */
const MAX_ELEMENT = 64 * 1024;

/** RTP to AAC access units (RFC 6416 6): AudioMuxElements, several or a part of one in a packet. */
export class LatmDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  /** StreamMuxConfig comes in front of the access units. */
  readonly #inBand: boolean;
  #mux: StreamMux | undefined;
  #format: AacFormat | undefined;
  #writer: FrameWriter | undefined;
  /** The parts of an element whose last packet has not come. */
  #parts = Buffer.allocUnsafe(4096);
  #partBytes = 0;
  #aligned = Buffer.allocUnsafe(1024);
  #timestamp = -1;
  #lastTicks = Number.NEGATIVE_INFINITY;

  constructor(options: DepacketizerOptions) {
    this.#options = options;
    this.#inBand = options.fmtp.get('cpresent')?.trim() !== '0';
    if (options.format && isAac(options.format)) {
      this.#format = options.format;
      this.#writer = options.open(options.format);
    }
    this.#mux = muxOf(options.fmtp.get('config') ?? '');
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    if (this.#partBytes > 0 && lost) this.#drop();
    // Cameras forget the marker.
    if (this.#partBytes > 0 && timestamp !== this.#timestamp) this.#elements(this.#parts, 0, this.#partBytes);
    this.#timestamp = timestamp;
    if (start >= end) return;
    if (marker && this.#partBytes === 0) {
      this.#elements(b, start, end);
      return;
    }
    this.#part(b, start, end);
    if (marker) this.#elements(this.#parts, 0, this.#partBytes);
  }

  #part(b: Buffer, start: number, end: number): void {
    const size = this.#partBytes + end - start;
    if (size > MAX_ELEMENT) {
      this.#drop();
      return;
    }
    if (size > this.#parts.length) {
      const larger = Buffer.allocUnsafe(2 * size);
      this.#parts.copy(larger, 0, 0, this.#partBytes);
      this.#parts = larger;
    }
    b.copy(this.#parts, this.#partBytes, start, end);
    this.#partBytes = size;
  }

  #drop(): void {
    this.#partBytes = 0;
    this.dropped++;
  }

  /** AudioMuxElements one after the other, each on a byte boundary. */
  #elements(b: Buffer, start: number, end: number): void {
    this.#partBytes = 0;
    let at = start;
    let units = 0;
    while (at < end && at >= 0) {
      const subFrames = this.#mux?.subFrames ?? 1;
      at = this.#element(b, at, end, units);
      units += subFrames;
    }
    if (at !== end) this.dropped++;
  }

  /** AudioMuxElement, ISO/IEC 14496-3 table 1.41. Where the next one begins, -1 when it is malformed. */
  #element(b: Buffer, start: number, end: number, units: number): number {
    const bits = this.#inBand ? this.#muxBits(b, start, end) : 0;
    const mux = this.#mux;
    if (bits < 0 || !mux) return -1;
    let bit = start * 8 + bits;
    for (let i = 0; i < mux.subFrames; i++) {
      let size = mux.frameBytes;
      if (size === 0) {
        let byte = 255;
        while (byte === 255 && bit + 8 <= end * 8) {
          byte = byteAt(b, bit);
          size += byte;
          bit += 8;
        }
        if (byte === 255) return -1;
      }
      if (bit + size * 8 > end * 8) return -1;
      this.#unit(b, bit, size, units + i);
      bit += size * 8;
    }
    return Math.min(end, (bit + mux.otherBits + 7) >> 3);
  }

  /** Bits in front of the access units of an element with StreamMuxConfig in band; -1 when it is malformed. */
  #muxBits(b: Buffer, start: number, end: number): number {
    if (b[start]! > 127) return 1;
    try {
      const bits = new BitReader(b, start, end);
      bits.skip(1);
      this.#adopt(readStreamMux(bits));
      return (end - start) * 8 - bits.bitsLeft;
    } catch (error) {
      if (error instanceof MalformedError) return -1;
      throw error;
    }
  }

  #adopt(mux: StreamMux): void {
    if (!this.#format?.record.equals(mux.record)) {
      this.#format = aac.formatFromRecord(mux.record) as AacFormat;
      this.#writer = this.#options.open(this.#format);
      this.#lastTicks = Number.NEGATIVE_INFINITY;
    }
    this.#mux = mux;
  }

  /** The `index`-th access unit of its packet, `size` bytes from a bit on. */
  #unit(b: Buffer, bit: number, size: number, index: number): void {
    if (!this.#format || !this.#writer || size === 0) return;
    const ticks = this.#options.ticks(this.#timestamp) + index * this.#format.frameSamples;
    if (ticks <= this.#lastTicks) {
      this.dropped++;
      return;
    }
    this.#lastTicks = ticks;
    this.#writer.begin();
    if (bit % 8 === 0) this.#writer.append(b, bit >> 3, (bit >> 3) + size);
    else this.#appendShifted(b, bit, size);
    this.#writer.finish(ticks, ticks, true);
  }

  #appendShifted(b: Buffer, bit: number, size: number): void {
    if (this.#aligned.length < size) this.#aligned = Buffer.allocUnsafe(2 * size);
    for (let i = 0; i < size; i++) this.#aligned[i] = byteAt(b, bit + 8 * i);
    this.#writer!.append(this.#aligned, 0, size);
  }
}

/** Eight bits from a bit on. */
function byteAt(b: Buffer, bit: number): number {
  const at = bit >> 3;
  const shift = bit & 7;
  return shift === 0 ? b[at]! : ((b[at]! << shift) | (b[at + 1]! >> (8 - shift))) & 255;
}

function muxOf(config: string): StreamMux | undefined {
  return unlessMalformed(() => parseStreamMux(Buffer.from(config.trim(), 'hex')));
}

/** AAC access units to RTP (RFC 6416 6.1): one element a packet, or a part of it; StreamMuxConfig in the SDP. */
export class LatmPacketizer implements Packetizer {
  readonly #mtu: number;

  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    let length = frame.end - frame.payload;
    let at = frame.payload;
    let begun = false;
    while (!begun || at < frame.end) {
      out.begin(this.#mtu, timestamp);
      let room = this.#mtu;
      for (; !begun && room > 0; room--) {
        out.byte(Math.min(length, 255));
        begun = length < 255;
        length -= 255;
      }
      const stop = Math.min(at + room, frame.end);
      out.copy(frame.slab.buffer, at, stop);
      at = stop;
      out.end();
    }
    out.mark();
  }
}

export const aacLatmPayload = {
  codec: aacLatm,
  describedInBand: false,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new LatmDepacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isAac(format)) throw new TypeError(`${format.codecString} is not AAC`);
    return new LatmPacketizer(mtu);
  },
};
