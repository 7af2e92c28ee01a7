import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitReader, BitWriter, MalformedError } from './index.ts';

/** ITU-T H.264 table 9-2 and 9-3: bit string, unsigned and signed value. */
const golomb: [string, number, number][] = [
  ['1', 0, 0],
  ['010', 1, 1],
  ['011', 2, -1],
  ['00100', 3, 2],
  ['00101', 4, -2],
  ['00110', 5, 3],
  ['00111', 6, -3],
  ['0001000', 7, 4],
  ['0001010', 9, 5],
];

function pack(text: string): Buffer {
  const writer = new BitWriter();
  for (const digit of text) writer.bits(1, Number(digit));
  return writer.finish();
}

interface Field {
  kind: 'bits' | 'ue' | 'se';
  width: number;
  value: number;
}

function write(writer: BitWriter, { kind, width, value }: Field): void {
  if (kind === 'bits') writer.bits(width, value);
  else writer[kind](value);
}

function read(reader: BitReader, { kind, width }: Field): number {
  return kind === 'bits' ? reader.bits(width) : reader[kind]();
}

describe('Exp-Golomb', () => {
  it.each(golomb)('%s is %i unsigned and %i signed, both ways', (text, unsigned, signed) => {
    expect(new BitReader(pack(text)).ue()).toBe(unsigned);
    expect(new BitReader(pack(text)).se()).toBe(signed);
    expect(new BitWriter().ue(unsigned).finish()).toEqual(pack(text));
    expect(new BitWriter().se(signed).finish()).toEqual(pack(text));
  });

  it('reads the longest code and refuses a longer one', () => {
    expect(new BitReader(new BitWriter().ue(2 ** 32 - 2).finish()).ue()).toBe(2 ** 32 - 2);
    expect(() => new BitReader(Buffer.alloc(9)).ue()).toThrow(MalformedError);
  });
});

describe('BitReader', () => {
  it('says where the data ended', () => {
    const reader = new BitReader(Buffer.from([0xff, 0xff]), 1);
    expect(reader.bits(7)).toBe(127);
    expect(() => reader.bits(2)).toThrow(expect.objectContaining({ name: 'MalformedError', offset: 2 }));
    expect(reader.bits(1)).toBe(1);
    expect(() => reader.skip(1)).toThrow(MalformedError);
  });

  it('reads back any sequence of fields', () => {
    const field = fc.oneof(
      fc
        .tuple(fc.constant('bits' as const), fc.integer({ min: 0, max: 32 }), fc.nat(0xffffffff))
        .map(([kind, width, raw]) => ({ kind, width, value: width === 32 ? raw : raw % 2 ** width })),
      fc.nat(0xfffffffe).map((value) => ({ kind: 'ue' as const, width: 0, value })),
      fc
        .integer({ min: -(2 ** 30), max: 2 ** 30 })
        .map((value) => ({ kind: 'se' as const, width: 0, value })),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 30 }), fc.nat(40), (fields, skipped) => {
        const writer = new BitWriter();
        for (let i = 0; i < skipped; i++) writer.flag(i % 3 === 0);
        for (const one of fields) write(writer, one);
        const reader = new BitReader(writer.trailing().finish());
        reader.skip(skipped);
        for (const one of fields) expect(read(reader, one)).toBe(one.value);
        expect(reader.flag()).toBe(true);
        expect(reader.bitsLeft).toBeLessThan(8);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});
