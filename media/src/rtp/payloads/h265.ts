import { unlessMalformed } from '../../bytes/index.ts';
import {
  type Format,
  H265_NAL,
  type H265Format,
  h265,
  h265LayerId,
  h265NalType,
  h265ParameterSetId,
  isFirstH265Slice,
  isH265,
  isH265Key,
  isH265ParameterSet,
  isH265Slice,
  mergeH265ParameterSets,
  parseH265Sps,
} from '../../codecs/index.ts';
import { FrameTooLargeError } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter } from '../packet-writer.ts';
import { NalAssembler, type NalRules } from './nal-assembler.ts';
import { FU_END, FU_START, NalPacketizer } from './nal-packetizer.ts';
import { ParameterSets } from './parameter-sets.ts';

/** RFC 7798 4.4. */
const AGGREGATION = 48;
const FRAGMENTATION = 49;
const PACI = 50;
const HEADER_BYTES = 2;
const DON_HALF = 0x8000;

const rules: NalRules = {
  headerBytes: HEADER_BYTES,
  typeOf: h265NalType,
  isSlice: isH265Slice,
  isKey: isH265Key,
  isParameterSet: isH265ParameterSet,
  isKept: (type) => type === H265_NAL.prefixSei || type === H265_NAL.suffixSei,
  isFirstSlice: (b, at, end) => isFirstH265Slice(b, at - HEADER_BYTES, end),
};

const fragmentHeader = (out: PacketWriter, b: Buffer, start: number): void => {
  out.byte((b[start]! & 0x81) | (FRAGMENTATION << 1));
  out.byte(b[start + 1]!);
};

/**
 * RTP to H.265 access units (RFC 7798): single NAL units, aggregation packets, fragmentation units. With
 * sprop-max-don-diff NAL units carry their decoding order number; where a sender really sends them in another
 * order, which no camera is known to do, the access units are dropped.
 */
export class H265Depacketizer implements Depacketizer {
  readonly #units: NalAssembler<H265Format>;
  /** Bytes of a DONL field, 0 where the stream has none. */
  readonly #donBytes: 0 | 2;
  #don = -1;

  constructor(options: DepacketizerOptions) {
    const format = options.format && isH265(options.format) ? options.format : undefined;
    const sets = new ParameterSets<H265Format>({ format, readable, merge: mergeH265ParameterSets });
    const inOrder = ({ maxReorderFrames }: H265Format): boolean => maxReorderFrames === 0;
    this.#units = new NalAssembler({ ...options, rules, sets, inOrder });
    this.#donBytes = Number(options.fmtp.get('sprop-max-don-diff') ?? 0) > 0 ? 2 : 0;
  }

  get dropped(): number {
    return this.#units.dropped;
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    const units = this.#units;
    try {
      units.begin(timestamp, lost);
      if (end - start > HEADER_BYTES && h265LayerId(b, start) === 0) this.#payload(b, start, end);
      units.end(marker);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      units.damage();
    }
  }

  #payload(b: Buffer, start: number, end: number): void {
    const type = h265NalType(b, start);
    if (type === FRAGMENTATION) this.#fragment(b, start, end);
    else if (type === AGGREGATION) this.#aggregate(b, start + HEADER_BYTES, end);
    else if (type === PACI) this.#units.damage();
    else if (this.#donBytes > 0) this.#numbered(b, start, end, type);
    else this.#units.unit(b, start, end);
  }

  /** Start and end may come in one packet (quirk 42); of later fragments the type does not count. */
  #fragment(b: Buffer, start: number, end: number): void {
    const flags = b[start + 2]!;
    const at = start + 3;
    if (flags & FU_START) {
      const type = flags & 63;
      const data = Math.min(end, at + this.#donBytes);
      this.#order(b, at, end);
      this.#units.beginFragment(headerOf(b, start, type), type, b, data, end);
    } else this.#units.fragment(b, at, end);
    if (flags & FU_END) this.#units.endFragment();
  }

  #aggregate(b: Buffer, from: number, end: number): void {
    this.#order(b, from, end);
    let at = from + this.#donBytes;
    while (at + 2 < end) {
      const next = at + 2 + ((b[at]! << 8) | b[at + 1]!);
      if (next > end) {
        this.#units.damage();
        return;
      }
      if (next > at + 2 + HEADER_BYTES) this.#units.unit(b, at + 2, next);
      at = next + (this.#donBytes >> 1);
    }
  }

  /** A single NAL unit with DONL behind its header. */
  #numbered(b: Buffer, start: number, end: number, type: number): void {
    const at = start + HEADER_BYTES;
    this.#order(b, at, end);
    this.#units.beginFragment(headerOf(b, start, type), type, b, Math.min(end, at + this.#donBytes), end);
    this.#units.endFragment();
  }

  #order(b: Buffer, at: number, end: number): void {
    if (this.#donBytes === 0 || at + 2 > end) return;
    const don = (b[at]! << 8) | b[at + 1]!;
    if (this.#don >= 0 && ((don - this.#don) & 0xffff) >= DON_HALF) this.#units.damage();
    this.#don = don;
  }
}

/** The NAL header of a unit of `type` whose other fields stand in the payload header at `start`. */
function headerOf(b: Buffer, start: number, type: number): number {
  return ((b[start]! & 0x81) << 8) | (type << 9) | b[start + 1]!;
}

/** Sets that cannot be read would stand in the way of those that can. */
function readable(set: Buffer): boolean {
  if (h265NalType(set, 0) !== H265_NAL.sps) return set.length > 2 && h265ParameterSetId(set) !== undefined;
  return unlessMalformed(() => parseH265Sps(set)) !== undefined;
}

/** RFC 7798: single NAL units and fragmentation units. */
export const h265Payload = {
  codec: h265,
  describedInBand: true,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new H265Depacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isH265(format)) throw new TypeError(`${format.codecString} is not H.265`);
    return new NalPacketizer({ format, mtu, rules, fragmentHeader });
  },
};
