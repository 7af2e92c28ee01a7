import { BitReader, MalformedError, unescapeNal, unlessMalformed } from '../../bytes/index.ts';
import { readProfile, readSubLayers } from './profile.ts';

const MAX_FRAME_RATE = 1000;
const MAX_LAYER_SETS = 1024;

/** Pictures per second from num_units_in_tick and time_scale; undefined when absurd (ITU-T H.265 E.3.1). */
export function readFrameRate(bits: BitReader): number | undefined {
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  const rate = unitsInTick === 0 ? 0 : timeScale / unitsInTick;
  return rate > 0 && rate <= MAX_FRAME_RATE ? rate : undefined;
}

/**
 * The frame rate that a video parameter set declares (ITU-T H.265 7.3.2.1), which some encoders put here alone.
 * Nothing else of it is needed, so a broken one declares none.
 */
export function vpsFrameRate(nal: Buffer): number | undefined {
  return unlessMalformed(() => readVps(new BitReader(unescapeNal(nal))));
}

function readVps(bits: BitReader): number | undefined {
  bits.skip(16 + 4 + 2 + 6);
  const subLayers = readSubLayers(bits);
  bits.skip(1 + 16);
  readProfile(bits, subLayers);
  const rows = bits.flag() ? subLayers : 1;
  for (let i = 0; i < 3 * rows; i++) bits.ue();
  const maxLayerId = bits.bits(6);
  const layerSets = bits.ue();
  if (layerSets >= MAX_LAYER_SETS) throw new MalformedError(`${layerSets} layer sets`, bits.offset);
  bits.skip(layerSets * (maxLayerId + 1));
  return bits.flag() ? readFrameRate(bits) : undefined;
}
