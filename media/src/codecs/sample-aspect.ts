import type { BitReader } from '../bytes/index.ts';

/** ITU-T H.264 and H.265 table E-1, sample aspect ratios by aspect_ratio_idc. */
const ASPECTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_ASPECT = 255;

/** aspect_ratio_info of a VUI: the shape of a sample, width to height; undefined when unspecified. */
export function readSampleAspect(bits: BitReader): { width: number; height: number } | undefined {
  if (!bits.flag()) return undefined;
  const idc = bits.bits(8);
  const [width, height] = idc === EXTENDED_ASPECT ? [bits.bits(16), bits.bits(16)] : (ASPECTS[idc] ?? [0, 0]);
  return width > 0 && height > 0 ? { width, height } : undefined;
}
