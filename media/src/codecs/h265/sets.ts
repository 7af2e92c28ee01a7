import { BitReader, unescapeNal, unlessMalformed } from '../../bytes/index.ts';
import { type H265Format, h265Format } from '../h265.ts';
import { latestSets } from '../nal-units.ts';
import { H265_NAL, h265NalType } from './nal.ts';
import { readProfile, readSubLayers } from './profile.ts';

/** The id of a VPS, SPS or PPS NAL unit: a new set with a known id replaces the old one. Undefined when unreadable. */
export function h265ParameterSetId(nal: Buffer): number | undefined {
  return unlessMalformed(() => readId(new BitReader(unescapeNal(nal)), h265NalType(nal, 0)));
}

function readId(bits: BitReader, type: number): number {
  bits.skip(16);
  if (type === H265_NAL.pps) return bits.ue();
  const vpsId = bits.bits(4);
  if (type === H265_NAL.vps) return vpsId;
  const subLayers = readSubLayers(bits);
  bits.skip(1);
  readProfile(bits, subLayers);
  return bits.ue();
}

/**
 * The format after parameter sets arrived in band: a set replaces the one of its kind and id, others stay
 * (ITU-T H.265 7.4.2.4.2). Undefined while they do not yet make a whole, or when a set is malformed.
 */
export function mergeH265ParameterSets(
  current: H265Format | undefined,
  fresh: readonly Buffer[],
): H265Format | undefined {
  return unlessMalformed(() => h265Format(latestSets(current?.parameterSets ?? [], fresh, keyOf)));
}

function keyOf(nal: Buffer): string | undefined {
  const id = h265ParameterSetId(nal);
  return id === undefined ? undefined : `${h265NalType(nal, 0)} ${id}`;
}
