import { type BitReader, MalformedError } from '../../bytes/index.ts';

/** The general part of profile_tier_level (ITU-T H.265 7.3.3). */
export interface H265Profile {
  /** general_profile_space, 0 to 3. */
  readonly space: number;
  readonly highTier: boolean;
  /** general_profile_idc: 1 Main, 2 Main 10, 4 range extensions, … */
  readonly idc: number;
  /** general_profile_compatibility_flag[0] in the top bit. */
  readonly compatibility: number;
  /** The 6 bytes from general_progressive_source_flag to the level. */
  readonly constraints: Buffer;
  /** general_level_idc, 30 times the level. */
  readonly level: number;
}

const MAX_SUB_LAYERS = 7;
/** Profile space to constraint flags of one sub-layer; then its level. */
const SUB_LAYER_PROFILE_BITS = 88;
const SUB_LAYER_LEVEL_BITS = 8;

/** Reads max_sub_layers_minus1. Throws MalformedError above 6. */
export function readSubLayers(bits: BitReader): number {
  const layers = bits.bits(3) + 1;
  if (layers > MAX_SUB_LAYERS) throw new MalformedError('8 temporal sub-layers', bits.offset);
  return layers;
}

/** profile_tier_level(1, subLayers - 1): the general part; those of the sub-layers are skipped. */
export function readProfile(bits: BitReader, subLayers: number): H265Profile {
  const profile = {
    space: bits.bits(2),
    highTier: bits.flag(),
    idc: bits.bits(5),
    compatibility: bits.bits(32),
    constraints: Buffer.from(Array.from({ length: 6 }, () => bits.bits(8))),
    level: bits.bits(8),
  };
  if (subLayers > 1) skipSubLayers(bits, subLayers - 1);
  return profile;
}

function skipSubLayers(bits: BitReader, count: number): void {
  let skip = 0;
  // Two presence flags for each of 8 possible layers, the unused ones zero.
  for (let i = 0; i < 8; i++) {
    const profilePresent = bits.flag();
    const levelPresent = bits.flag();
    if (i >= count) continue;
    skip += (profilePresent ? SUB_LAYER_PROFILE_BITS : 0) + (levelPresent ? SUB_LAYER_LEVEL_BITS : 0);
  }
  bits.skip(skip);
}

/** The codecs parameter after the sample entry's name, for example `1.6.L120.B0` (ISO/IEC 14496-15 E.3). */
export function profileString(profile: H265Profile): string {
  const space = ['', 'A', 'B', 'C'][profile.space]!;
  const compatibility = reverse32(profile.compatibility).toString(16).toUpperCase();
  const { constraints } = profile;
  let last = constraints.length;
  while (last > 0 && constraints[last - 1] === 0) last--;
  return [
    `${space}${profile.idc}`,
    compatibility,
    `${profile.highTier ? 'H' : 'L'}${profile.level}`,
    ...Array.from(constraints.subarray(0, last), (byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

function reverse32(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = reversed * 2 + ((value >>> bit) & 1);
  return reversed;
}
