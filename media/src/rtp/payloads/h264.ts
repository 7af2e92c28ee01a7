import { type Format, type H264Format, h264, isH264, mergeParameterSets } from '../../codecs/index.ts';
import { DecodeOrder, FrameTooLargeError, type FrameWriter } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';

const IDR = 5;
const SEI = 6;
const SPS = 7;
const PPS = 8;
const STAP_A = 24;
const FU_A = 28;

/** RTP to H.264 access units (RFC 6184), packetization modes 0 and 1. */
export class H264Depacketizer implements Depacketizer {
  dropped = 0;
  readonly #options: DepacketizerOptions;
  readonly #order = new DecodeOrder();
  #format: H264Format | undefined;
  #writer: FrameWriter | undefined;
  #newSets: Buffer[] = [];
  #timestamp = -1;
  #open = false;
  #pictures = 0;
  #key = false;
  #damaged = false;
  #fragment = false;

  constructor(options: DepacketizerOptions) {
    this.#options = options;
    if (options.format && isH264(options.format)) this.#format = options.format;
    if (this.#format) this.#writer = options.open(this.#format);
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    if (lost) this.#lose();
    if (timestamp !== this.#timestamp) {
      if (this.#open && this.#pictures > 0) this.#finish();
      this.#timestamp = timestamp;
    }
    if (start >= end) return;
    try {
      const type = b[start]! & 31;
      if (type === FU_A) this.#fu(b, start, end);
      else if (type === STAP_A) this.#stap(b, start + 1, end);
      else if (type > 0 && type < STAP_A) this.#nal(b, start, end);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.#damaged = true;
    }
    // Some cameras set the marker on parameter sets too (quirk 38): only a picture ends a frame.
    if (marker && this.#pictures > 0) this.#finish();
  }

  #lose(): void {
    if (this.#open) this.#damaged = true;
    this.#fragment = false;
  }

  #stap(b: Buffer, from: number, end: number): void {
    let at = from;
    while (at + 2 < end) {
      const next = at + 2 + ((b[at]! << 8) | b[at + 1]!);
      if (next > end) {
        this.#damaged = true;
        return;
      }
      if (next > at + 2) this.#nal(b, at + 2, next);
      at = next;
    }
  }

  #fu(b: Buffer, start: number, end: number): void {
    if (end - start < 2) return;
    const header = b[start + 1]!;
    const type = header & 31;
    if (header & 0x80) {
      this.#fragment = this.#begin(type);
      if (!this.#fragment) return;
      this.#writer!.beginNal();
      this.#writer!.appendByte((b[start]! & 0xe0) | type);
    } else if (!this.#fragment) {
      // Its start was lost: the picture would have a hole.
      this.#damaged = this.#open;
      return;
    }
    this.#writer!.append(b, start + 2, end);
    if (header & 0x40) {
      this.#writer!.endNal();
      this.#fragment = false;
    }
  }

  #nal(b: Buffer, start: number, end: number): void {
    const type = b[start]! & 31;
    if (type === SPS || type === PPS) this.#parameterSet(b, start, end);
    else if (this.#begin(type)) this.#writer!.nal(b, start, end);
  }

  /** Makes ready for a NAL unit of the frame; false when it is not to be stored. */
  #begin(type: number): boolean {
    if (type > SEI || type === 0) return false;
    if (!this.#open) {
      if (this.#newSets.length > 0) this.#applySets();
      if (!this.#writer) return false;
      this.#writer.begin();
      this.#open = true;
    }
    if (type <= IDR) this.#pictures++;
    if (type === IDR) this.#key = true;
    return true;
  }

  #finish(): void {
    const writer = this.#writer!;
    if (this.#damaged) {
      writer.abort();
      this.dropped++;
    } else {
      const pts = this.#options.ticks(this.#timestamp);
      writer.finish(this.#order.dts(pts), pts, this.#key);
    }
    this.#open = false;
    this.#pictures = 0;
    this.#key = false;
    this.#damaged = false;
    this.#fragment = false;
  }

  #parameterSet(b: Buffer, start: number, end: number): void {
    const known = (set: Buffer): boolean => set.length === end - start && set.compare(b, start, end) === 0;
    if (this.#format?.parameterSets.some(known) || this.#newSets.some(known)) return;
    if (this.#newSets.length < 32 && end - start < 4096)
      this.#newSets.push(Buffer.from(b.subarray(start, end)));
  }

  #applySets(): void {
    const format = mergeParameterSets(this.#format, this.#newSets);
    if (!format) return;
    this.#newSets = [];
    this.#format = format;
    this.#writer = this.#options.open(format);
  }
}

/** H.264 access units to RTP (RFC 6184, packetization-mode 1): single NAL units, FU-A, parameter sets before key frames. */
export class H264Packetizer implements Packetizer {
  readonly #format: H264Format;
  readonly #mtu: number;

  /** `mtu`: largest RTP payload in bytes. */
  constructor(format: H264Format, mtu: number) {
    this.#format = format;
    this.#mtu = mtu;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    if (frame.key) {
      for (const set of this.#format.parameterSets) this.#unit(set, 0, set.length, timestamp, false, out);
    }
    const b = frame.slab.buffer;
    let at = frame.payload;
    while (at + 4 < frame.end) {
      const next = at + 4 + b.readUInt32BE(at);
      if (next > frame.end) break;
      this.#unit(b, at + 4, next, timestamp, next + 4 >= frame.end, out);
      at = next;
    }
  }

  #unit(b: Buffer, start: number, end: number, timestamp: number, last: boolean, out: PacketWriter): void {
    if (end - start <= this.#mtu) {
      out.begin(end - start, timestamp, last);
      out.copy(b, start, end);
      out.end();
      return;
    }
    const indicator = (b[start]! & 0xe0) | FU_A;
    const type = b[start]! & 31;
    const room = this.#mtu - 2;
    for (let at = start + 1; at < end; at += room) {
      const stop = Math.min(at + room, end);
      out.begin(stop - at + 2, timestamp, last && stop === end);
      out.byte(indicator);
      out.byte(type | (at === start + 1 ? 0x80 : 0) | (stop === end ? 0x40 : 0));
      out.copy(b, at, stop);
      out.end();
    }
  }
}

export const h264Payload = {
  codec: h264,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new H264Depacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isH264(format)) throw new TypeError(`${format.codecString} is not H.264`);
    return new H264Packetizer(format, mtu);
  },
};
