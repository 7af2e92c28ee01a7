import { ByteWriter, MalformedError } from '../../bytes/index.ts';
import { readSetList } from '../nal-units.ts';
import type { H265Sps } from './sps.ts';

const MAX_ARRAYS = 32;
const FIXED_BYTES = 23;

/**
 * HEVCDecoderConfigurationRecord with 4-byte lengths, its arrays complete as `hvc1` demands
 * (ISO/IEC 14496-15 8.3.3.1). `arrays`: parameter sets by nal_unit_type, in that order.
 */
export function writeHvcc(sps: H265Sps, arrays: ReadonlyMap<number, readonly Buffer[]>): Buffer {
  const { profile } = sps;
  const out = new ByteWriter();
  out.u8(1);
  out.u8((profile.space << 6) | (profile.highTier ? 0x20 : 0) | profile.idc);
  out.u32(profile.compatibility).bytes(profile.constraints).u8(profile.level);
  // No minimum of spatial segmentation, parallelism unknown.
  out.u16(0xf000).u8(0xfc);
  out.u8(0xfc | sps.chromaFormat);
  out.u8(0xf8 | (sps.bitDepthLuma - 8));
  out.u8(0xf8 | (sps.bitDepthChroma - 8));
  out.u16(0);
  out.u8((sps.subLayers << 3) | (sps.temporalIdNesting ? 4 : 0) | 3);
  out.u8(arrays.size);
  for (const [type, nals] of arrays) {
    out.u8(0x80 | type).u16(nals.length);
    for (const nal of nals) out.u16(nal.length).bytes(nal);
  }
  return out.finish();
}

/**
 * The parameter sets of an `hvcC`, SEI messages left out, and the bytes of each NAL length in its samples (ours
 * are always 4). Throws MalformedError.
 */
export function readHvcc(record: Buffer): { lengthSize: number; sets: Buffer[] } {
  if (record.length < FIXED_BYTES || record[0] !== 1) throw new MalformedError('not an hvcC record', 0);
  const count = record[22]!;
  if (count > MAX_ARRAYS) throw new MalformedError(`${count} arrays in hvcC`, 22);
  const sets: Buffer[] = [];
  let at = FIXED_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + 3 > record.length) throw new MalformedError('hvcC ends too early', at);
    const list = readSetList(record, at + 3, record.readUInt16BE(at + 1));
    sets.push(...list.nals);
    at = list.end;
  }
  return { lengthSize: (record[21]! & 3) + 1, sets };
}
