import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, escapeNal, MalformedError } from '../../bytes/index.ts';
import { type H265Sps, parseH265Sps } from '../index.ts';

/** SPS written by x265, with what it was told to write. */
const written: [string, string, object][] = [
  [
    '720p Main',
    '42010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10',
    {
      width: 1280,
      height: 720,
      chromaFormat: 1,
      bitDepthLuma: 8,
      maxReorderPictures: 2,
      vui: { frameRate: 30 },
    },
  ],
  [
    '1080p Main, cropped',
    '42010101600000030090000003000003007ba003c08010e596566924caf0168080000003008000000c84',
    { width: 1920, height: 1080, vui: { frameRate: 25 }, profile: { level: 123 } },
  ],
  [
    'Main 10, 30000/1001',
    '42010102200000030090000003000003003fa005020171f2b6595952930bc05a02000007d20000ea6010',
    { width: 640, height: 360, bitDepthLuma: 10, bitDepthChroma: 10, vui: { frameRate: 30_000 / 1001 } },
  ],
  [
    '4:2:2, cropped to odd units',
    '4201010408000003009d0800000300003fb005020171d45b6595952930bc05a020000003002000000301e1',
    { width: 638, height: 358, chromaFormat: 2, profile: { idc: 4 }, vui: { frameRate: 15 } },
  ],
  [
    '4:4:4',
    '4201010408000003009e0800000300003f9000a0402e396372caca94985e02d010000003001000000300f080',
    { width: 636, height: 356, chromaFormat: 3, bitDepthLuma: 8 },
  ],
  [
    'scaling lists, HRD, 12:11 samples',
    '42010101600000030090000003000003003ca00b080485965654a4e1781340400000030040000006580325978007a10001e84880',
    { width: 352, height: 288, vui: { frameRate: 25, pixelAspect: { width: 12, height: 11 } } },
  ],
];

interface Shape {
  subLayers: { profile: boolean; level: boolean }[];
  scaling: 'none' | 'default' | 'lists';
  pcm: boolean;
  explicit: number[];
  /** Per predicted reference set: for each picture of the set before, used, kept or left out. */
  predicted: ('used' | 'kept' | 'out')[];
  longTerm: number;
  crop: [number, number, number, number] | undefined;
  aspect: [number, number] | undefined;
  timing: [number, number] | undefined;
}

const plain: Shape = {
  subLayers: [],
  scaling: 'none',
  pcm: false,
  explicit: [],
  predicted: [],
  longTerm: 0,
  crop: undefined,
  aspect: undefined,
  timing: undefined,
};

/** An SPS of 2560 x 1440 coded pixels, ITU-T H.265 7.3.2.2. */
function writeSps(shape: Shape): Buffer {
  const bits = new BitWriter().bits(16, 0x4201).bits(4, 3).bits(3, shape.subLayers.length).flag(true);
  bits.bits(8, 1).bits(32, 0x60000000).bits(8, 0xb0).bits(32, 0).bits(8, 0).bits(8, 150);
  writeSubLayers(bits, shape.subLayers);
  bits
    .ue(2)
    .ue(1)
    .ue(2560)
    .ue(1440)
    .flag(shape.crop !== undefined);
  for (const edge of shape.crop ?? []) bits.ue(edge);
  bits.ue(0).ue(2).ue(4).flag(true);
  for (let i = 0; i <= shape.subLayers.length; i++)
    bits
      .ue(4)
      .ue(i % 3)
      .ue(0);
  for (const code of [0, 3, 0, 3, 1, 1]) bits.ue(code);
  bits.flag(shape.scaling !== 'none');
  if (shape.scaling !== 'none') bits.flag(shape.scaling === 'lists');
  if (shape.scaling === 'lists') writeScalingLists(bits);
  bits.flag(false).flag(true).flag(shape.pcm);
  if (shape.pcm) bits.bits(4, 7).bits(4, 7).ue(0).ue(2).flag(true);
  writeReferences(bits, shape);
  bits.flag(shape.longTerm > 0);
  if (shape.longTerm > 0) bits.ue(shape.longTerm);
  for (let i = 0; i < shape.longTerm; i++) bits.bits(8, i).flag(true);
  bits.flag(true).flag(true);
  writeVui(bits, shape);
  return escapeNal(bits.flag(false).trailing().finish());
}

function writeSubLayers(bits: BitWriter, layers: Shape['subLayers']): void {
  for (const { profile, level } of layers) bits.flag(profile).flag(level);
  if (layers.length > 0) for (let i = layers.length; i < 8; i++) bits.bits(2, 0);
  for (const { profile, level } of layers) {
    if (profile) bits.bits(32, 0x01600000).bits(32, 0x00b00000).bits(24, 0);
    if (level) bits.bits(8, 90);
  }
}

function writeScalingLists(bits: BitWriter): void {
  for (const size of [0, 1, 2, 3]) {
    for (const copied of size === 3 ? [false, true] : [false, true, false, true, false, true]) {
      if (copied) bits.flag(false).ue(1);
      else writeScalingList(bits, size);
    }
  }
}

function writeScalingList(bits: BitWriter, size: number): void {
  bits.flag(true);
  if (size > 1) bits.se(8);
  for (let i = 0; i < Math.min(64, 1 << (4 + 2 * size)); i++) bits.se(i % 3 === 0 ? -2 : 1);
}

function writeReferences(bits: BitWriter, shape: Shape): void {
  const sets = shape.explicit.length > 0 ? 1 + (shape.predicted.length > 0 ? 2 : 0) : 0;
  bits.ue(sets);
  if (sets === 0) return;
  bits.ue(shape.explicit.length).ue(0);
  for (const delta of shape.explicit) bits.ue(delta).flag(true);
  if (sets === 1) return;
  const first = Array.from({ length: shape.explicit.length + 1 }, (_, i) => shape.predicted[i] ?? 'out');
  const kept = first.filter((way) => way !== 'out').length;
  writePredicted(bits, first);
  writePredicted(
    bits,
    Array.from({ length: kept + 1 }, () => 'used' as const),
  );
}

function writePredicted(bits: BitWriter, ways: readonly ('used' | 'kept' | 'out')[]): void {
  bits.flag(true).flag(true).ue(0);
  for (const way of ways) {
    bits.flag(way === 'used');
    if (way !== 'used') bits.flag(way === 'kept');
  }
}

function writeVui(bits: BitWriter, { aspect, timing }: Shape): void {
  bits.flag(true).flag(aspect !== undefined);
  if (aspect) bits.bits(8, 255).bits(16, aspect[0]).bits(16, aspect[1]);
  bits.flag(true).flag(false);
  bits.flag(true).bits(3, 5).flag(true).flag(true).bits(24, 0x010101);
  bits.flag(true).ue(0).ue(0);
  bits.bits(3, 0).flag(true).ue(0).ue(1).ue(0).ue(1);
  bits.flag(timing !== undefined);
  if (timing) bits.bits(32, timing[0]).bits(32, timing[1]).flag(false).flag(false);
  bits.flag(false);
}

describe('SPS by x265', () => {
  it.each(written)('%s', (_name, hex, expected) => {
    expect(parseH265Sps(Buffer.from(hex, 'hex'))).toMatchObject(expected);
  });
});

describe('quirk 42: what an SPS may hold in front of its VUI', () => {
  const rate = { vui: { frameRate: 20 } };
  const timing: [number, number] = [1, 20];
  const layer = { profile: true, level: true };
  const shapes: [string, Partial<Shape>][] = [
    ['nothing of it', {}],
    ['profile and level of a sub-layer', { subLayers: [layer] }],
    [
      'level of six sub-layers',
      { subLayers: Array.from({ length: 6 }, () => ({ profile: false, level: true })) },
    ],
    ['sub-layers without profile and level', { subLayers: [{ profile: false, level: false }, layer] }],
    ['default scaling lists', { scaling: 'default' }],
    ['its own scaling lists', { scaling: 'lists' }],
    ['PCM', { pcm: true }],
    ['an explicit reference set', { explicit: [0, 1] }],
    ['predicted reference sets', { explicit: [0, 0, 3], predicted: ['used', 'out', 'kept'] }],
    ['a predicted set with nothing left', { explicit: [0], predicted: [] }],
    ['long-term pictures', { longTerm: 32 }],
  ];
  it.each(shapes)('%s', (_name, shape) => {
    const sps = parseH265Sps(writeSps({ ...plain, timing, ...shape }));
    expect(sps).toMatchObject({ ...rate, id: 2, vpsId: 3, width: 2560, height: 1440 });
    expect(sps).toMatchObject({ bitDepthLuma: 8, bitDepthChroma: 10, profile: { idc: 1, level: 150 } });
    expect(sps).toMatchObject({ subLayers: 1 + (shape.subLayers?.length ?? 0), temporalIdNesting: true });
  });

  it('of the ways in which sets can lie, every one', () => {
    const way = fc.constantFrom('used' as const, 'kept' as const, 'out' as const);
    const edge = fc.nat(40);
    const shape: fc.Arbitrary<Shape> = fc.record({
      subLayers: fc.array(fc.record({ profile: fc.boolean(), level: fc.boolean() }), { maxLength: 6 }),
      scaling: fc.constantFrom('none' as const, 'default' as const, 'lists' as const),
      pcm: fc.boolean(),
      explicit: fc.array(fc.nat(9), { maxLength: 14 }),
      predicted: fc.array(way, { maxLength: 15 }),
      longTerm: fc.nat(32),
      crop: fc.option(fc.tuple(edge, edge, edge, edge), { nil: undefined }),
      aspect: fc.option(fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })), {
        nil: undefined,
      }),
      timing: fc.option(fc.tuple(fc.integer({ min: 1, max: 1001 }), fc.integer({ min: 1002, max: 60_000 })), {
        nil: undefined,
      }),
    });
    fc.assert(
      fc.property(shape, (one) => {
        const [left = 0, right = 0, top = 0, bottom = 0] = one.crop ?? [];
        const rate = one.timing && one.timing[1] / one.timing[0];
        const sps = parseH265Sps(writeSps(one));
        expect(sps).toMatchObject({
          width: 2560 - 2 * (left + right),
          height: 1440 - 2 * (top + bottom),
          maxReorderPictures: one.subLayers.length % 3,
          vui: {
            fullRange: true,
            frameRate: rate !== undefined && rate <= 1000 ? rate : undefined,
            pixelAspect: one.aspect && { width: one.aspect[0], height: one.aspect[1] },
          },
        });
      }),
      { seed: 21, numRuns: 3000 },
    );
  });
});

describe('broken SPS', () => {
  const good = Buffer.from(written[0]![1], 'hex');

  it('quirk 22: extra bytes behind it and a VUI that breaks off do not matter', () => {
    expect(parseH265Sps(Buffer.concat([good, Buffer.from('00abcd', 'hex')]))).toEqual(parseH265Sps(good));
    expect(parseH265Sps(good.subarray(0, 30))).toMatchObject({ width: 1280, height: 720, vui: undefined });
  });

  it.each([
    ['an H.264 SPS', '6742c01eda0280f6c0'],
    ['two bytes', '4201'],
    ['an end inside the profile', '420101016000000300'],
    ['an end before the size', '42010101600000030090000003000003005da0'],
    ['eight sub-layers', `42010f${'0'.repeat(80)}`],
  ])('refuses %s', (_name, hex) => {
    expect(() => parseH265Sps(Buffer.from(hex, 'hex'))).toThrow(MalformedError);
  });

  it.each<[string, (bits: BitWriter) => BitWriter]>([
    ['SPS id 16', (bits) => bits.ue(16)],
    ['chroma format 4', (bits) => bits.ue(0).ue(4)],
    ['a width of 0', (bits) => bits.ue(0).ue(1).ue(0).ue(1080).flag(false)],
    ['a width beyond every level', (bits) => bits.ue(0).ue(1).ue(16_889).ue(1080).flag(false)],
    [
      'a window with nothing inside',
      (bits) => bits.ue(0).ue(1).ue(64).ue(64).flag(true).ue(16).ue(16).ue(0).ue(0),
    ],
    ['a bit depth of 17', (bits) => bits.ue(0).ue(1).ue(64).ue(64).flag(false).ue(9)],
  ])('refuses %s', (_name, tail) => {
    const head = new BitWriter().bits(16, 0x4201).bits(8, 1).bits(8, 1).bits(32, 0x60000000);
    head.bits(32, 0).bits(16, 0).bits(8, 93);
    const nal = escapeNal(tail(head).trailing().bits(32, 0).finish());
    expect(() => parseH265Sps(nal)).toThrow(MalformedError);
  });

  it('never gives anything but a sane SPS or MalformedError', () => {
    const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 });
    const source = fc.constantFrom(
      ...written.map(([, hex]) => Buffer.from(hex, 'hex')),
      writeSps({ ...plain, explicit: [0, 1, 2], predicted: ['used', 'kept'], scaling: 'lists', longTerm: 3 }),
    );
    const damaged = fc.tuple(source, damage).map(([nal, changes]) => {
      const copy = Buffer.from(nal);
      for (const [at, value] of changes) copy[2 + (at % (copy.length - 2))] = value;
      return copy;
    });
    const random = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from([0x42, 1, ...bytes]));
    fc.assert(
      fc.property(fc.oneof(damaged, random), (nal) => {
        let sps: H265Sps;
        try {
          sps = parseH265Sps(nal);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          return;
        }
        for (const side of [sps.width, sps.height]) expect(side > 0 && side <= 16_888).toBe(true);
        expect((sps.vui?.frameRate ?? 1) > 0 && (sps.vui?.frameRate ?? 1) <= 1000).toBe(true);
      }),
      { seed: 22, numRuns: 20_000 },
    );
  });
});
