import { type BitReader, MalformedError, unlessMalformed } from '../../bytes/index.ts';
import { readSampleAspect } from '../sample-aspect.ts';

/** Video usability information (ITU-T H.264 E.1.1), the part that matters to carry the stream. */
export interface Vui {
  /** Sample aspect ratio, width to height; undefined when unspecified. */
  readonly pixelAspect: { readonly width: number; readonly height: number } | undefined;
  /** Luma and chroma use the full range 0..255. */
  readonly fullRange: boolean;
  /** Frames per second; undefined when not declared or senseless. */
  readonly frameRate: number | undefined;
  /** Frames that may precede another in decoding order and follow it in output order; undefined when absent. */
  readonly maxReorderFrames: number | undefined;
}

const MAX_FRAME_RATE = 1000;

/**
 * Reads the VUI flag and what follows. Cameras send truncated and invalid VUIs with a picture that decodes
 * well, so a broken one counts as absent.
 */
export function readVui(bits: BitReader): Vui | undefined {
  return unlessMalformed(() => (bits.flag() ? readFields(bits) : undefined));
}

function readFields(bits: BitReader): Vui {
  const pixelAspect = readSampleAspect(bits);
  if (bits.flag()) bits.skip(1);
  const fullRange = bits.flag() && readVideoSignal(bits);
  if (bits.flag()) {
    bits.ue();
    bits.ue();
  }
  const frameRate = bits.flag() ? readTiming(bits) : undefined;
  const maxReorderFrames = readReordering(bits);
  return { pixelAspect, fullRange, frameRate, maxReorderFrames };
}

function readVideoSignal(bits: BitReader): boolean {
  bits.skip(3);
  const fullRange = bits.flag();
  if (bits.flag()) bits.skip(24);
  return fullRange;
}

/** time_scale counts fields, two a frame (ITU-T H.264 E.2.1). */
function readTiming(bits: BitReader): number | undefined {
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  bits.skip(1);
  const rate = unitsInTick === 0 ? 0 : timeScale / unitsInTick / 2;
  return rate > 0 && rate <= MAX_FRAME_RATE ? rate : undefined;
}

/** A VUI that breaks off after the timing still has a frame rate worth keeping. */
function readReordering(bits: BitReader): number | undefined {
  return unlessMalformed(() => {
    const nalHrd = bits.flag();
    if (nalHrd) skipHrd(bits);
    const vclHrd = bits.flag();
    if (vclHrd) skipHrd(bits);
    if (nalHrd || vclHrd) bits.skip(1);
    bits.skip(1);
    return bits.flag() ? readRestriction(bits) : undefined;
  });
}

function readRestriction(bits: BitReader): number {
  bits.skip(1);
  for (let i = 0; i < 4; i++) bits.ue();
  const frames = bits.ue();
  if (frames > 16) throw new MalformedError(`max_num_reorder_frames ${frames} is above 16`, bits.offset);
  return frames;
}

/** ITU-T H.264 E.1.2. */
function skipHrd(bits: BitReader): void {
  const count = bits.ue() + 1;
  if (count > 32) throw new MalformedError(`cpb_cnt_minus1 ${count - 1} is above 31`, bits.offset);
  bits.skip(8);
  for (let i = 0; i < count; i++) {
    bits.ue();
    bits.ue();
    bits.skip(1);
  }
  bits.skip(20);
}
