import { type ByteWriter, MalformedError } from '../bytes/index.ts';

/** Descriptor tags, ISO/IEC 14496-1 table 1. */
const TAG = { es: 3, decoderConfig: 4, decoderSpecific: 5, slConfig: 6 };
/** streamType, upStream 0, reserved 1 (ISO/IEC 14496-1 7.2.6.6). */
const STREAM = { video: (4 << 2) | 1, audio: (5 << 2) | 1 };

/** What an `esds` says; `specific` is the DecoderSpecificInfo, empty for none. */
export interface Esds {
  readonly objectType: number;
  readonly specific: Buffer;
}

/** Writes the payload of an `esds` box, after version and flags (ISO/IEC 14496-14 3.1.2). */
export function writeEsds(out: ByteWriter, kind: 'video' | 'audio', { objectType, specific }: Esds): void {
  const specificSize = specific.length === 0 ? 0 : 2 + specific.length;
  const decoderSize = 13 + specificSize;
  header(out, TAG.es, 3 + 2 + decoderSize + 3);
  out.u16(0).u8(0);
  header(out, TAG.decoderConfig, decoderSize);
  out.u8(objectType).u8(STREAM[kind]).u24(0).u32(0).u32(0);
  if (specific.length > 0) {
    header(out, TAG.decoderSpecific, specific.length);
    out.bytes(specific);
  }
  header(out, TAG.slConfig, 1);
  out.u8(2);
}

function header(out: ByteWriter, tag: number, size: number): void {
  if (size > 0x7f) throw new RangeError(`decoder configuration of ${size} bytes`);
  out.u8(tag).u8(size);
}

/** Reads the payload of an `esds` box, after version and flags. Throws MalformedError. */
export function readEsds(payload: Buffer): Esds {
  const es = descriptor(payload, 0, TAG.es);
  const flags = es[2] ?? 0;
  let at = 3;
  if (flags & 0x80) at += 2;
  if (flags & 0x40) at += 1 + (es[at] ?? 0);
  if (flags & 0x20) at += 2;
  const decoder = descriptor(es, at, TAG.decoderConfig);
  if (decoder.length < 13) throw new MalformedError('decoder configuration ends too early', at);
  const specific = decoder.length === 13 ? Buffer.alloc(0) : descriptor(decoder, 13, TAG.decoderSpecific);
  return { objectType: decoder[0]!, specific };
}

/** The body of the descriptor at `offset`: tag, expandable length, body (ISO/IEC 14496-1 8.3.3). */
function descriptor(from: Buffer, offset: number, tag: number): Buffer {
  if (from[offset] !== tag) throw new MalformedError(`no descriptor with tag ${tag}`, offset);
  let size = 0;
  let at = offset + 1;
  for (let i = 0; i < 4; i++) {
    const byte = from[at++] ?? 0;
    size = size * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) break;
  }
  if (size === 0 || at + size > from.length) throw new MalformedError(`descriptor of ${size} bytes`, offset);
  return from.subarray(at, at + size);
}
