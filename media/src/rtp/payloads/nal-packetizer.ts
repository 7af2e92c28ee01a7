import type { Packetizer, PacketWriter, Sample } from '../packet-writer.ts';
import type { NalRules } from './nal-assembler.ts';

/** Of the header of a fragmentation unit, the same in RFC 6184 5.8 and RFC 7798 4.4.3. */
export const FU_START = 0x80;
export const FU_END = 0x40;

export interface NalPacketizerOptions {
  readonly format: { readonly parameterSets: readonly Buffer[] };
  /** Largest RTP payload in bytes, at least two more than a NAL header has. */
  readonly mtu: number;
  readonly rules: Pick<NalRules, 'headerBytes' | 'typeOf'>;
  /** Writes the NAL header at `start`, with the type of a fragmentation unit in place of its own. */
  readonly fragmentHeader: (out: PacketWriter, b: Buffer, start: number) => void;
}

/**
 * Access units of a codec of NAL units to RTP: a packet for each unit that fits and fragmentation units for others, in
 * front of a key frame all parameter sets.
 */
export class NalPacketizer implements Packetizer {
  readonly #sets: readonly Buffer[];
  readonly #mtu: number;
  readonly #rules: NalPacketizerOptions['rules'];
  readonly #fragmentHeader: NalPacketizerOptions['fragmentHeader'];

  constructor({ format, mtu, rules, fragmentHeader }: NalPacketizerOptions) {
    this.#sets = format.parameterSets;
    this.#mtu = mtu;
    this.#rules = rules;
    this.#fragmentHeader = fragmentHeader;
  }

  packetize(frame: Sample, timestamp: number, out: PacketWriter): void {
    if (frame.key) for (const set of this.#sets) this.#unit(set, 0, set.length, timestamp, out);
    const b = frame.slab.buffer;
    let at = frame.payload;
    while (at + 4 < frame.end) {
      const next = at + 4 + b.readUInt32BE(at);
      if (next > frame.end) break;
      if (next > at + 4) this.#unit(b, at + 4, next, timestamp, out);
      at = next;
    }
    out.mark();
  }

  #unit(b: Buffer, start: number, end: number, timestamp: number, out: PacketWriter): void {
    if (end - start <= this.#mtu) {
      out.begin(end - start, timestamp);
      out.copy(b, start, end);
      out.end();
      return;
    }
    const header = this.#rules.headerBytes + 1;
    const first = start + this.#rules.headerBytes;
    const type = this.#rules.typeOf(b, start);
    const room = this.#mtu - header;
    for (let at = first; at < end; at += room) {
      const stop = Math.min(at + room, end);
      out.begin(stop - at + header, timestamp);
      this.#fragmentHeader(out, b, start);
      out.byte(type | (at === first ? FU_START : 0) | (stop === end ? FU_END : 0));
      out.copy(b, at, stop);
      out.end();
    }
  }
}
