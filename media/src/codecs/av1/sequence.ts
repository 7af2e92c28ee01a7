import { BitReader, MalformedError } from '../../bytes/index.ts';

/** What a sequence header says (AV1 specification 5.5). */
export interface Av1Sequence {
  readonly profile: number;
  /** Of the first operating point. */
  readonly level: number;
  readonly tier: number;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly monochrome: boolean;
  readonly subsamplingX: number;
  readonly subsamplingY: number;
  readonly chromaSamplePosition: number;
}

const SRGB = { primaries: 1, transfer: 13, matrix: 0 };

/** Reads the payload `[start, end)` of a sequence header. Throws MalformedError. */
export function parseSequence(b: Buffer, start: number, end: number): Av1Sequence {
  const bits = new BitReader(b, start, end);
  const profile = bits.bits(3);
  if (profile > 2) throw new MalformedError(`AV1 profile ${profile}`, start);
  bits.skip(1);
  const reduced = bits.flag();
  const { level, tier } = reduced ? { level: bits.bits(5), tier: 0 } : operatingPoints(bits);
  const [widthBits, heightBits] = [bits.bits(4) + 1, bits.bits(4) + 1];
  const [width, height] = [bits.bits(widthBits) + 1, bits.bits(heightBits) + 1];
  if (!reduced && bits.flag()) bits.skip(7);
  bits.skip(3);
  if (!reduced) tools(bits);
  bits.skip(3);
  return { profile, level, tier, width, height, ...colours(bits, profile) };
}

function operatingPoints(bits: BitReader): { level: number; tier: number } {
  const delayBits = bits.flag() ? timing(bits) : 0;
  const displayDelay = bits.flag();
  const count = bits.bits(5) + 1;
  let first: { level: number; tier: number } | undefined;
  for (let i = 0; i < count; i++) {
    bits.skip(12);
    const level = bits.bits(5);
    const tier = level > 7 ? bits.bits(1) : 0;
    first ??= { level, tier };
    if (delayBits > 0 && bits.flag()) bits.skip(2 * delayBits + 1);
    if (displayDelay && bits.flag()) bits.skip(4);
  }
  return first!;
}

/** Bits of the decoder model's delays; 0 without one. */
function timing(bits: BitReader): number {
  bits.skip(64);
  if (bits.flag()) bits.ue();
  if (!bits.flag()) return 0;
  const delayBits = bits.bits(5) + 1;
  bits.skip(42);
  return delayBits;
}

function tools(bits: BitReader): void {
  bits.skip(4);
  const orderHint = bits.flag();
  if (orderHint) bits.skip(2);
  const screenContent = bits.flag() || bits.flag();
  if (screenContent && !bits.flag()) bits.skip(1);
  if (orderHint) bits.skip(3);
}

function colours(
  bits: BitReader,
  profile: number,
): Pick<Av1Sequence, 'bitDepth' | 'monochrome' | 'subsamplingX' | 'subsamplingY' | 'chromaSamplePosition'> {
  const high = bits.flag();
  const twelve = profile === 2 && high && bits.flag();
  const bitDepth = twelve ? 12 : high ? 10 : 8;
  const monochrome = profile !== 1 && bits.flag();
  const [primaries, transfer, matrix] = bits.flag() ? [bits.bits(8), bits.bits(8), bits.bits(8)] : [2, 2, 2];
  const plain = { bitDepth, monochrome, chromaSamplePosition: 0 } as const;
  if (monochrome) return { ...plain, subsamplingX: 1, subsamplingY: 1 };
  if (primaries === SRGB.primaries && transfer === SRGB.transfer && matrix === SRGB.matrix) {
    return { ...plain, subsamplingX: 0, subsamplingY: 0 };
  }
  bits.skip(1);
  const [subsamplingX, subsamplingY] = subsampling(bits, profile, bitDepth);
  const chromaSamplePosition = subsamplingX && subsamplingY ? bits.bits(2) : 0;
  return { ...plain, subsamplingX, subsamplingY, chromaSamplePosition };
}

function subsampling(bits: BitReader, profile: number, bitDepth: number): [number, number] {
  if (profile === 0) return [1, 1];
  if (profile === 1) return [0, 0];
  if (bitDepth !== 12) return [1, 0];
  const x = bits.bits(1);
  return [x, x ? bits.bits(1) : 0];
}
