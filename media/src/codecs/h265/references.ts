import { type BitReader, MalformedError } from '../../bytes/index.ts';

const MAX_SETS = 64;
const MAX_PICTURES = 16;
const MAX_LONG_TERM = 32;

/** Skips every st_ref_pic_set of an SPS (ITU-T H.265 7.3.7), those predicted from the one before included. */
export function skipShortTermSets(bits: BitReader): void {
  const count = bits.ue();
  if (count > MAX_SETS) throw new MalformedError(`${count} short-term reference picture sets`, bits.offset);
  let pictures = 0;
  for (let i = 0; i < count; i++) {
    pictures = i > 0 && bits.flag() ? readPredicted(bits, pictures) : readExplicit(bits);
    if (pictures > MAX_PICTURES)
      throw new MalformedError(`reference set of ${pictures} pictures`, bits.offset);
  }
}

/** The pictures of a set that keeps some of the `pictures` of the set before, and that set's own picture. */
function readPredicted(bits: BitReader, pictures: number): number {
  bits.skip(1);
  bits.ue();
  let kept = 0;
  for (let i = 0; i <= pictures; i++) if (bits.flag() || bits.flag()) kept++;
  return kept;
}

function readExplicit(bits: BitReader): number {
  const pictures = bits.ue() + bits.ue();
  if (pictures > MAX_PICTURES) throw new MalformedError(`reference set of ${pictures} pictures`, bits.offset);
  for (let i = 0; i < pictures; i++) {
    bits.ue();
    bits.skip(1);
  }
  return pictures;
}

/** Skips the long-term reference pictures of an SPS, each a picture order count of `orderBits` bits and a flag. */
export function skipLongTermPictures(bits: BitReader, orderBits: number): void {
  if (!bits.flag()) return;
  const count = bits.ue();
  if (count > MAX_LONG_TERM) throw new MalformedError(`${count} long-term reference pictures`, bits.offset);
  bits.skip(count * (orderBits + 1));
}

/** Skips scaling_list_data (ITU-T H.265 7.3.4). */
export function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size++) {
    const lists = size === 3 ? 2 : 6;
    for (let list = 0; list < lists; list++) skipScalingList(bits, size);
  }
}

function skipScalingList(bits: BitReader, size: number): void {
  if (!bits.flag()) {
    bits.ue();
    return;
  }
  if (size > 1) bits.se();
  const coefficients = Math.min(64, 1 << (4 + 2 * size));
  for (let i = 0; i < coefficients; i++) bits.se();
}
