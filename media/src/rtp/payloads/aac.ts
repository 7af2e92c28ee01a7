import { type AacConfig, type AacFormat, aac, aacFormat, isAac, parseAdts } from '../../codecs/index.ts';
import type { FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

/** Bits of the fields in an AU header (RFC 3640 4.1). */
interface HeaderLayout {
  readonly size: number;
  readonly index: number;
  readonly indexDelta: number;
}

/** Access units with another ADTS configuration after which the camera is believed to have changed it. */
const BELIEVED = 3;
/** The size field of AAC-hbr has 13 bits. */
const MAX_HBR = 0x1fff;
/** Bytes; eight channels of AAC take 6 KiB at most (ISO/IEC 14496-3 4.5.3.1). */
const MAX_UNIT = 0xffff;

/** Cameras leave the fields out: then AAC-hbr is meant. */
function headerLayout(fmtp: ReadonlyMap<string, string>): HeaderLayout {
  const bits = (name: string, otherwise: number): number => {
    const value = Number.parseInt(fmtp.get(name) ?? '', 10);
    return value >= 0 && value <= 32 ? value : otherwise;
  };
  return {
    size: bits('sizelength', 13),
    index: bits('indexlength', 3),
    indexDelta: bits('indexdeltalength', 3),
  };
}

/**
 * RTP to AAC access units (RFC 3640): AAC-hbr and AAC-lbr headers, several or a part of an access unit a
 * packet. ADTS headers inside (quirk 50) are taken off, and a configuration that only they tell is followed.
 */
export class AacDepacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  readonly #layout: HeaderLayout;
  #format: AacFormat;
  #writer: FrameWriter;
  #lastDts = Number.NEGATIVE_INFINITY;
  /** Bytes the open fragmented access unit still lacks; 0 when none is open. */
  #missing = 0;
  #partTimestamp = 0;
  #contradicted = 0;

  constructor(options: DepacketizerOptions) {
    if (!options.format || !isAac(options.format)) {
      throw new TypeError('RFC 3640 needs the configuration from the SDP');
    }
    this.#options = options;
    this.#layout = headerLayout(options.fmtp);
    this.#format = options.format;
    this.#writer = options.open(options.format);
  }

  packet(b: Buffer, start: number, end: number, _marker: boolean, timestamp: number, lost: boolean): void {
    if (this.#missing > 0 && (lost || timestamp !== this.#partTimestamp)) this.#malformed();
    if (start >= end) return;
    if (isAdts(b, start, end)) this.#adtsFrames(b, start, end, timestamp);
    else if (this.#layout.size === 0) this.#unit(b, start, end, timestamp, 0);
    else this.#withHeaders(b, start, end, timestamp);
  }

  #withHeaders(b: Buffer, start: number, end: number, timestamp: number): void {
    const bits = end - start < 2 ? 0 : (b[start]! << 8) | b[start + 1]!;
    const data = start + 2 + ((bits + 7) >> 3);
    if (data > end || bits < this.#layout.size + this.#layout.index) this.#malformed();
    else if (this.#missing > 0) this.#continue(b, data, end, timestamp);
    else this.#units(b, start + 2, bits, data, end, timestamp);
  }

  #units(b: Buffer, headers: number, bits: number, data: number, end: number, timestamp: number): void {
    const { size: sizeBits, index: indexBits, indexDelta } = this.#layout;
    let bit = headers * 8;
    const lastBit = bit + bits;
    let at = data;
    // The first header has indexlength, the others indexdeltalength bits behind the size.
    let step = sizeBits + indexBits;
    for (let index = 0; bit + step <= lastBit && at < end; index++) {
      const size = readBits(b, bit, sizeBits);
      const next = at + size;
      if (size === 0 || size > MAX_UNIT || (next > end && index > 0)) {
        this.#malformed();
        return;
      }
      if (next > end) {
        this.#part(b, at, end, size, timestamp);
        return;
      }
      this.#unit(b, at, next, timestamp, index);
      at = next;
      bit += step;
      step = sizeBits + indexDelta;
    }
  }

  /** One whole access unit, the `index`-th of its packet. */
  #unit(b: Buffer, start: number, end: number, timestamp: number, index: number): void {
    if (isAdts(b, start, end)) {
      this.#adtsFrames(b, start, end, timestamp, index);
      return;
    }
    this.#writer.begin();
    this.#writer.append(b, start, end);
    this.#finish(timestamp, index);
  }

  /** ADTS frames in a row (ISO/IEC 13818-7 6.2). */
  #adtsFrames(b: Buffer, start: number, end: number, timestamp: number, first = 0): void {
    let at = start;
    for (let index = first; at < end; index++) {
      const header = parseAdts(b, at, end);
      const next = at + (header?.frameBytes ?? 0);
      if (!header || next > end || next <= at + header.headerBytes || !this.#agrees(header.config)) {
        this.#malformed();
        return;
      }
      this.#writer.begin();
      this.#writer.append(b, at + header.headerBytes, next);
      this.#finish(timestamp, index);
      at = next;
    }
  }

  /** A configuration in band counts once it came several times in a row: SDPs are out of date (quirk 50). */
  #agrees(config: AacConfig): boolean {
    const { objectType, sampleRate, channelConfig } = this.#format.config;
    const same =
      config.objectType === objectType &&
      config.sampleRate === sampleRate &&
      config.channelConfig === channelConfig;
    this.#contradicted = same ? 0 : this.#contradicted + 1;
    if (this.#contradicted < BELIEVED) return same;
    this.#contradicted = 0;
    this.#format = aacFormat(config);
    this.#writer = this.#options.open(this.#format);
    this.#lastDts = Number.NEGATIVE_INFINITY;
    return true;
  }

  #part(b: Buffer, start: number, end: number, size: number, timestamp: number): void {
    this.#writer.begin();
    this.#writer.append(b, start, end);
    this.#missing = size - (end - start);
    this.#partTimestamp = timestamp;
  }

  #continue(b: Buffer, start: number, end: number, timestamp: number): void {
    if (end - start > this.#missing) {
      this.#malformed();
      return;
    }
    this.#writer.append(b, start, end);
    this.#missing -= end - start;
    if (this.#missing === 0) this.#finish(timestamp, 0);
  }

  #finish(timestamp: number, index: number): void {
    const ticks = this.#options.ticks(timestamp) + index * this.#format.frameSamples;
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

/** The ADTS sync word: a raw access unit cannot begin so, it would be empty (ISO/IEC 14496-3 table 4.85). */
function isAdts(b: Buffer, start: number, end: number): boolean {
  return b[start] === 0xff && end - start > 1 && (b[start + 1]! & 0xf6) === 0xf0;
}

function readBits(b: Buffer, bit: number, count: number): number {
  let value = 0;
  for (let i = bit; i < bit + count; i++) value = value * 2 + ((b[i >> 3]! >> (7 - (i & 7))) & 1);
  return value;
}

/** AAC access units to RTP (RFC 3640 3.3.6, AAC-hbr): one access unit a packet, fragmented when it is larger than the MTU; one too large to be told is left out. */
export class AacPacketizer implements Packetizer {
  readonly #mtu: number;

  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    const size = frame.end - frame.payload;
    if (size > MAX_HBR) return;
    const room = this.#mtu - 4;
    for (let at = frame.payload; at < frame.end; at += room) {
      const stop = Math.min(at + room, frame.end);
      out.begin(stop - at + 4, timestamp);
      out.byte(0);
      out.byte(16);
      out.byte((size >> 5) & 255);
      out.byte((size & 31) << 3);
      out.copy(frame.slab.buffer, at, stop);
      out.end();
    }
    out.mark();
  }
}

export const aacPayload = {
  codec: aac,
  describedInBand: false,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new AacDepacketizer(options),
  packetizer: (_format: unknown, mtu: number): Packetizer => new AacPacketizer(mtu),
};
