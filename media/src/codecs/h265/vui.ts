import { type BitReader, unlessMalformed } from '../../bytes/index.ts';
import { readSampleAspect } from '../sample-aspect.ts';
import { readFrameRate } from './vps.ts';

/** Video usability information (ITU-T H.265 E.2.1), the part that matters to carry the stream. */
export interface H265Vui {
  /** Sample aspect ratio, width to height; undefined when unspecified. */
  readonly pixelAspect: { readonly width: number; readonly height: number } | undefined;
  /** Luma and chroma use the full range 0..255. */
  readonly fullRange: boolean;
  /** Pictures per second; undefined when not declared or absurd. */
  readonly frameRate: number | undefined;
}

/**
 * Reads vui_parameters_present_flag and what follows, up to the timing. Cameras send broken VUIs with a
 * picture that decodes well, so a broken one counts as absent.
 */
export function readH265Vui(bits: BitReader): H265Vui | undefined {
  return unlessMalformed(() => (bits.flag() ? readFields(bits) : undefined));
}

function readFields(bits: BitReader): H265Vui {
  const pixelAspect = readSampleAspect(bits);
  if (bits.flag()) bits.skip(1);
  const fullRange = bits.flag() && readVideoSignal(bits);
  if (bits.flag()) skipCodes(bits, 2);
  bits.skip(3);
  if (bits.flag()) skipCodes(bits, 4);
  const frameRate = bits.flag() ? readFrameRate(bits) : undefined;
  return { pixelAspect, fullRange, frameRate };
}

function readVideoSignal(bits: BitReader): boolean {
  bits.skip(3);
  const fullRange = bits.flag();
  if (bits.flag()) bits.skip(24);
  return fullRange;
}

function skipCodes(bits: BitReader, count: number): void {
  for (let i = 0; i < count; i++) bits.ue();
}
