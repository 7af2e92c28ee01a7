import { unlessMalformed } from '../../bytes/index.ts';
import {
  type Format,
  firstMbInSlice,
  type H264Format,
  h264,
  isH264,
  isKey,
  isParameterSet,
  isSlice,
  mergeParameterSets,
  NAL,
  nalType,
  parameterSetId,
  parseSps,
} from '../../codecs/index.ts';
import { FrameTooLargeError } from '../../stream/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer, PacketWriter } from '../packet-writer.ts';
import { NalAssembler, type NalRules } from './nal-assembler.ts';
import { FU_END, FU_START, NalPacketizer } from './nal-packetizer.ts';
import { ParameterSets } from './parameter-sets.ts';

/** RFC 6184 table 1. */
const STAP_A = 24;
const FU_A = 28;

const rules: NalRules = {
  headerBytes: 1,
  typeOf: nalType,
  isSlice,
  isKey,
  isParameterSet,
  isKept: (type) => type === NAL.sei,
  isFirstSlice: (b, at, end) => firstMbInSlice(b, at - 1, end) === 0,
};

const fragmentHeader = (out: PacketWriter, b: Buffer, start: number): void =>
  out.byte((b[start]! & 0xe0) | FU_A);

/** RTP to H.264 access units (RFC 6184), packetization modes 0 and 1. */
export class H264Depacketizer implements Depacketizer {
  readonly #units: NalAssembler<H264Format>;

  constructor(options: DepacketizerOptions) {
    const format = options.format && isH264(options.format) ? options.format : undefined;
    const sets = new ParameterSets<H264Format>({ format, readable, merge: mergeParameterSets });
    const inOrder = ({ maxReorderFrames }: H264Format): boolean => maxReorderFrames === 0;
    this.#units = new NalAssembler({ ...options, rules, sets, inOrder });
  }

  get dropped(): number {
    return this.#units.dropped;
  }

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    const units = this.#units;
    try {
      units.begin(timestamp, lost);
      if (start < end) this.#payload(b, start, end);
      units.end(marker);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      units.damage();
    }
  }

  #payload(b: Buffer, start: number, end: number): void {
    const type = b[start]! & 31;
    if (type === FU_A) this.#fu(b, start, end);
    else if (type === STAP_A) this.#stap(b, start + 1, end);
    else if (type < STAP_A) this.#units.unit(b, start, end);
  }

  #stap(b: Buffer, from: number, end: number): void {
    let at = from;
    while (at + 2 < end) {
      const next = at + 2 + ((b[at]! << 8) | b[at + 1]!);
      if (next > end) {
        this.#units.damage();
        return;
      }
      if (next > at + 2) this.#units.unit(b, at + 2, next);
      at = next;
    }
  }

  /** Start and end may come in one packet (quirk 40); of later fragments neither type nor reserved bit counts. */
  #fu(b: Buffer, start: number, end: number): void {
    if (end - start < 2) return;
    const header = b[start + 1]!;
    if (header & FU_START) {
      const type = header & 31;
      this.#units.beginFragment((b[start]! & 0xe0) | type, type, b, start + 2, end);
    } else this.#units.fragment(b, start + 2, end);
    if (header & FU_END) this.#units.endFragment();
  }
}

/** Sets that cannot be read would stand in the way of those that can. */
function readable(set: Buffer): boolean {
  if (nalType(set, 0) !== NAL.sps) return set.length > 1 && parameterSetId(set) !== undefined;
  return unlessMalformed(() => parseSps(set)) !== undefined;
}

/** RFC 6184 with packetization-mode 1: single NAL units and FU-A. */
export const h264Payload = {
  codec: h264,
  describedInBand: true,
  depacketizer: (options: DepacketizerOptions): Depacketizer => new H264Depacketizer(options),
  packetizer: (format: Format, mtu: number): Packetizer => {
    if (!isH264(format)) throw new TypeError(`${format.codecString} is not H.264`);
    return new NalPacketizer({ format, mtu, rules, fragmentHeader });
  },
};
