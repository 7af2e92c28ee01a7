import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, escapeNal, MalformedError } from '../../bytes/index.ts';
import { parseSps } from '../index.ts';

const PLAIN = [66, 77, 88];
const HIGH = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138];

interface MadeSps {
  profile: number;
  constraints: number;
  level: number;
  id: number;
  chromaFormat: number;
  separatePlanes: boolean;
  bitDepths: [number, number];
  /** Deltas of each scaling list; null keeps the default list. */
  lists: (number[] | null)[] | null;
  log2MaxFrameNum: number;
  order: { type: number; offsets: number[] };
  maxReferenceFrames: number;
  mbs: [number, number];
  frameMbsOnly: boolean;
  crop: [number, number, number, number] | null;
  vui: MadeVui | null;
}

interface MadeVui {
  aspect: [number, number] | null;
  overscan: boolean | null;
  signal: { fullRange: boolean; colour: boolean } | null;
  chromaLocation: boolean;
  timing: [number, number] | null;
  hrd: [number | null, number | null];
  reorder: number | null;
}

/** ITU-T H.264 7.3.2.1.1, field by field. */
function writeSps(made: MadeSps): Buffer {
  const bits = new BitWriter();
  bits.bits(8, 0x67).bits(8, made.profile).bits(8, made.constraints).bits(8, made.level).ue(made.id);
  if (HIGH.includes(made.profile)) {
    bits.ue(made.chromaFormat);
    if (made.chromaFormat === 3) bits.flag(made.separatePlanes);
    bits.ue(made.bitDepths[0] - 8).ue(made.bitDepths[1] - 8);
    bits.flag(false);
    writeLists(bits, made);
  }
  bits.ue(made.log2MaxFrameNum - 4).ue(made.order.type);
  if (made.order.type === 0) bits.ue(4);
  if (made.order.type === 1) {
    bits.flag(true).se(-3).se(5).ue(made.order.offsets.length);
    for (const offset of made.order.offsets) bits.se(offset);
  }
  bits.ue(made.maxReferenceFrames).flag(false);
  bits.ue(made.mbs[0] - 1).ue(made.mbs[1] - 1);
  bits.flag(made.frameMbsOnly);
  if (!made.frameMbsOnly) bits.flag(true);
  bits.flag(true).flag(made.crop !== null);
  for (const edge of made.crop ?? []) bits.ue(edge);
  bits.flag(made.vui !== null);
  if (made.vui) writeVui(bits, made.vui);
  return escapeNal(bits.trailing().finish());
}

function writeLists(bits: BitWriter, made: MadeSps): void {
  bits.flag(made.lists !== null);
  if (!made.lists) return;
  const count = made.chromaFormat === 3 ? 12 : 8;
  for (let i = 0; i < count; i++) {
    const list = made.lists[i] ?? null;
    bits.flag(list !== null);
    if (!list) continue;
    const size = i < 6 ? 16 : 64;
    // A delta of zero from 8 on keeps the list going; one of -8 ends it.
    for (let n = 0; n < size; n++) bits.se(list[n % list.length]!);
  }
}

/** ITU-T H.264 E.1.1. */
function writeVui(bits: BitWriter, vui: MadeVui): void {
  bits.flag(vui.aspect !== null);
  if (vui.aspect) bits.bits(8, 255).bits(16, vui.aspect[0]).bits(16, vui.aspect[1]);
  bits.flag(vui.overscan !== null);
  if (vui.overscan !== null) bits.flag(vui.overscan);
  bits.flag(vui.signal !== null);
  if (vui.signal) {
    bits.bits(3, 5).flag(vui.signal.fullRange).flag(vui.signal.colour);
    if (vui.signal.colour) bits.bits(24, 0x010101);
  }
  bits.flag(vui.chromaLocation);
  if (vui.chromaLocation) bits.ue(1).ue(0);
  bits.flag(vui.timing !== null);
  if (vui.timing) bits.bits(32, vui.timing[0]).bits(32, vui.timing[1]).flag(true);
  for (const count of vui.hrd) writeHrd(bits, count);
  if (vui.hrd.some((count) => count !== null)) bits.flag(false);
  bits.flag(true).flag(vui.reorder !== null);
  if (vui.reorder !== null) bits.flag(true).ue(0).ue(0).ue(10).ue(10).ue(vui.reorder).ue(4);
}

/** ITU-T H.264 E.1.2. */
function writeHrd(bits: BitWriter, count: number | null): void {
  bits.flag(count !== null);
  if (count === null) return;
  bits
    .ue(count - 1)
    .bits(4, 2)
    .bits(4, 3);
  for (let i = 0; i < count; i++)
    bits
      .ue(1000 + i)
      .ue(7)
      .flag(false);
  bits.bits(20, 0xabcde);
}

const deltas = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
const vui: fc.Arbitrary<MadeVui> = fc.record({
  aspect: fc.option(fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 }))),
  overscan: fc.option(fc.boolean()),
  signal: fc.option(fc.record({ fullRange: fc.boolean(), colour: fc.boolean() })),
  chromaLocation: fc.boolean(),
  timing: fc.option(fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 20_000, max: 240_000 }))),
  hrd: fc.tuple(fc.option(fc.integer({ min: 1, max: 32 })), fc.option(fc.integer({ min: 1, max: 3 }))),
  reorder: fc.option(fc.nat(16)),
});
const edge = fc.nat(3);
const sps: fc.Arbitrary<MadeSps> = fc.record({
  profile: fc.constantFrom(...PLAIN, ...HIGH),
  constraints: fc.nat(255),
  level: fc.nat(255),
  id: fc.nat(31),
  chromaFormat: fc.nat(3),
  separatePlanes: fc.boolean(),
  bitDepths: fc.tuple(fc.integer({ min: 8, max: 14 }), fc.integer({ min: 8, max: 14 })),
  lists: fc.option(fc.array(fc.option(deltas), { minLength: 12, maxLength: 12 })),
  log2MaxFrameNum: fc.integer({ min: 4, max: 16 }),
  order: fc.record({
    type: fc.nat(2),
    offsets: fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 255 }),
  }),
  maxReferenceFrames: fc.nat(16),
  mbs: fc.tuple(fc.integer({ min: 1, max: 1024 }), fc.integer({ min: 2, max: 1024 })),
  frameMbsOnly: fc.boolean(),
  crop: fc.option(fc.tuple(edge, edge, edge, edge)),
  vui: fc.option(vui),
});

/** The cropping units of ITU-T H.264 7.4.2.1.1 (7-19 to 7-22), by ChromaArrayType. */
const CROP_UNITS: [number, number][] = [
  [1, 1],
  [2, 2],
  [2, 1],
  [1, 1],
];

function expectedSize(made: MadeSps): { width: number; height: number } {
  const chroma = HIGH.includes(made.profile) ? made.chromaFormat : 1;
  const [x, y] = CROP_UNITS[chroma === 3 && made.separatePlanes ? 0 : chroma]!;
  const fields = made.frameMbsOnly ? 1 : 2;
  const [left, right, top, bottom] = made.crop ?? [0, 0, 0, 0];
  return {
    width: made.mbs[0] * 16 - x * (left + right),
    height: made.mbs[1] * 16 * fields - y * fields * (top + bottom),
  };
}

function expectedVui(made: MadeVui) {
  return {
    pixelAspect: made.aspect ? { width: made.aspect[0], height: made.aspect[1] } : undefined,
    fullRange: made.signal?.fullRange ?? false,
    frameRate: rateOf(made.timing),
    maxReorderFrames: made.reorder ?? undefined,
  };
}

function rateOf(timing: [number, number] | null): number | undefined {
  const rate = timing ? timing[1] / timing[0] / 2 : 0;
  return rate > 0 && rate <= 1000 ? rate : undefined;
}

describe('parseSps', () => {
  it('reads every field of every profile behind which one can hide', () => {
    fc.assert(
      fc.property(sps, (made) => {
        const high = HIGH.includes(made.profile);
        expect(parseSps(writeSps(made))).toEqual({
          id: made.id,
          profile: made.profile,
          constraints: made.constraints,
          level: made.level,
          chromaFormat: high ? made.chromaFormat : 1,
          bitDepthLuma: high ? made.bitDepths[0] : 8,
          bitDepthChroma: high ? made.bitDepths[1] : 8,
          log2MaxFrameNum: made.log2MaxFrameNum,
          pictureOrderType: made.order.type,
          maxReferenceFrames: made.maxReferenceFrames,
          frameMbsOnly: made.frameMbsOnly,
          ...expectedSize(made),
          vui: made.vui ? expectedVui(made.vui) : undefined,
        });
      }),
      { seed: 19, numRuns: 2000 },
    );
  });

  const base: MadeSps = {
    profile: 100,
    constraints: 0,
    level: 40,
    id: 0,
    chromaFormat: 1,
    separatePlanes: false,
    bitDepths: [8, 8],
    lists: null,
    log2MaxFrameNum: 4,
    order: { type: 2, offsets: [] },
    maxReferenceFrames: 1,
    mbs: [10, 10],
    frameMbsOnly: true,
    crop: null,
    vui: null,
  };
  const quiet: MadeVui = {
    aspect: null,
    overscan: null,
    signal: null,
    chromaLocation: false,
    timing: null,
    hrd: [null, null],
    reorder: null,
  };

  it.each<[string, Partial<MadeSps>]>([
    ['an id above 31', { id: 32 }],
    ['a chroma format above 3', { chromaFormat: 4 }],
    ['a bit depth above 14', { bitDepths: [15, 8] }],
    ['a scaling list delta above 127', { lists: [[128]] }],
    ['a frame number of 17 bits', { log2MaxFrameNum: 17 }],
    ['an order type of 3', { order: { type: 3, offsets: [] } }],
    ['a cycle of 256 frames', { order: { type: 1, offsets: Array.from({ length: 256 }, () => 0) } }],
    ['17 reference frames', { maxReferenceFrames: 17 }],
    ['a picture wider than 16384', { mbs: [1025, 10] }],
    ['a picture higher than 16384', { mbs: [10, 1025] }],
    ['a crop of the whole picture', { crop: [40, 40, 0, 0] }],
    ['a crop beyond the picture', { crop: [0, 0, 2 ** 31, 2 ** 31] }],
  ])('refuses %s', (_name, change) => {
    expect(() => parseSps(writeSps({ ...base, ...change }))).toThrow(MalformedError);
  });

  it.each<[string, Partial<MadeVui>, object]>([
    ['a clock that stands still', { timing: [0, 50] }, { frameRate: undefined }],
    ['a million frames a second', { timing: [1, 2_000_000] }, { frameRate: undefined }],
    ['an aspect ratio of 0 to 1', { aspect: [0, 1] }, { pixelAspect: undefined }],
    [
      '33 HRD entries keep the rate',
      { timing: [1, 50], hrd: [33, null] },
      { frameRate: 25, maxReorderFrames: undefined },
    ],
    ['17 reorder frames', { timing: [1, 50], reorder: 17 }, { frameRate: 25, maxReorderFrames: undefined }],
  ])('tolerates %s', (_name, change, expected) => {
    expect(parseSps(writeSps({ ...base, vui: { ...quiet, ...change } })).vui).toMatchObject(expected);
  });

  it('ends a scaling list where its next scale is 0', () => {
    const bits = new BitWriter();
    bits.bits(8, 0x67).bits(8, 100).bits(8, 0).bits(8, 40).ue(0).ue(1).ue(0).ue(0).flag(false).flag(true);
    bits.flag(true).se(-8);
    for (let i = 1; i < 8; i++) bits.flag(false);
    bits.ue(0).ue(2).ue(1).flag(false).ue(9).ue(4).flag(true).flag(true).flag(false).flag(false).trailing();
    expect(parseSps(escapeNal(bits.finish()))).toMatchObject({ width: 160, height: 80, vui: undefined });
  });
});
