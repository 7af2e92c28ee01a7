import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter } from '../../bytes/index.ts';
import {
  firstMbInSlice,
  isKey,
  isParameterSet,
  isSlice,
  nalType,
  parameterSetId,
  sliceType,
  sliceTypeIsB,
  splitAnnexB,
  startsAccessUnit,
} from '../index.ts';

function slice(header: number, firstMb: number, type: number): Buffer {
  return new BitWriter().bits(8, header).ue(firstMb).ue(type).ue(0).trailing().finish();
}

describe('NAL unit types', () => {
  const table: [number, boolean, boolean, boolean][] = [
    [1, false, false, true],
    [2, false, false, true],
    [5, true, false, true],
    [6, false, false, false],
    [7, false, true, false],
    [8, false, true, false],
    [9, false, false, false],
    [0, false, false, false],
  ];
  it.each(table)('type %i: key %s, parameter set %s, slice %s', (type, key, set, coded) => {
    expect(nalType(Buffer.from([0, 0x60 | type]), 1)).toBe(type);
    expect([isKey(type), isParameterSet(type), isSlice(type)]).toEqual([key, set, coded]);
  });
});

describe('slice header', () => {
  it.each([
    [0x41, 0, 0, 0, false],
    [0x41, 0, 5, 0, false],
    [0x01, 0, 1, 1, true],
    [0x01, 3600, 6, 1, true],
    [0x65, 0, 7, 2, false],
    [0x65, 8159, 2, 2, false],
    [0x41, 0, 10, -1, false],
  ])('header %i, first_mb %i, slice_type %i', (header, firstMb, type, kind, isB) => {
    const nal = slice(header, firstMb, type);
    const inside = Buffer.concat([Buffer.from([0xff]), nal, Buffer.from([0xff])]);
    expect(firstMbInSlice(inside, 1, inside.length - 1)).toBe(firstMb);
    expect(sliceType(inside, 1, inside.length - 1)).toBe(kind);
    expect(sliceTypeIsB(inside, 1, inside.length - 1)).toBe(isB);
  });

  it('takes no zero that lies behind the end', () => {
    const zeros = Buffer.from([0x41, 0, 0, 0x80, 0, 0]);
    expect(firstMbInSlice(zeros, 0, 3)).toBe(-1);
    expect(firstMbInSlice(zeros, 0, 4)).toBe(-1);
    expect(firstMbInSlice(zeros, 0, 6)).toBe(2 ** 16 - 1);
    expect(sliceType(Buffer.from([0x41, 0x81, 0xff]), 0, 2)).toBe(-1);
  });

  it('does not read past the end', () => {
    const nal = slice(0x41, 8159, 1);
    for (let end = 0; end <= 2; end++) {
      expect(firstMbInSlice(nal, 0, end)).toBe(-1);
      expect(sliceType(nal, 0, end)).toBe(-1);
    }
    expect(sliceTypeIsB(Buffer.from([0x41]), 0, 1)).toBe(false);
  });

  it('reads back every pair and survives any bytes', () => {
    fc.assert(
      fc.property(fc.nat(65_534), fc.nat(9), fc.uint8Array({ maxLength: 20 }), (firstMb, type, junk) => {
        const nal = slice(0x41, firstMb, type);
        expect(firstMbInSlice(nal, 0, nal.length)).toBe(firstMb);
        expect(sliceType(nal, 0, nal.length)).toBe(type % 5);
        const bytes = Buffer.from(junk);
        const first = firstMbInSlice(bytes, 0, bytes.length);
        expect(first >= -1 && first < 2 ** 17).toBe(true);
        expect(sliceType(bytes, 0, bytes.length)).toBeLessThan(5);
      }),
      { seed: 5, numRuns: 3000 },
    );
  });
});

describe('startsAccessUnit', () => {
  const first = slice(0x41, 0, 0);
  const second = slice(0x41, 1800, 0);
  it.each([
    ['first slice after a slice', first, true, true],
    ['later slice after a slice', second, true, false],
    ['IDR after a slice', slice(0x65, 0, 7), true, true],
    ['first slice after SPS, PPS or SEI', first, false, false],
    ['SPS after a slice', Buffer.from([0x67, 1]), true, true],
    ['SEI after a slice', Buffer.from([0x06, 1]), true, true],
    ['PPS after an SPS', Buffer.from([0x68, 1]), false, false],
    ['prefix NAL unit after a slice', Buffer.from([0x6e, 1]), true, true],
    ['type 18 after a slice', Buffer.from([0x12, 1]), true, true],
    ['auxiliary slice (19) after a slice', Buffer.from([0x13, 0x80]), true, false],
    ['filler after a slice', Buffer.from([0x0c, 1]), true, false],
    ['end of sequence after a slice', Buffer.from([0x0a]), true, false],
  ])('%s', (_name, nal, previousWasSlice, expected) => {
    expect(startsAccessUnit(nal, 0, nal.length, previousWasSlice)).toBe(expected);
  });
});

describe('parameterSetId', () => {
  it.each([
    ['6742c01eda0280f6c044', 0],
    ['6742c01e4a', 1],
    ['68ce0fc8', 0],
    ['684e', 1],
    ['67', undefined],
    ['6800', undefined],
  ])('%s has id %s', (hex, id) => {
    expect(parameterSetId(Buffer.from(hex, 'hex'))).toBe(id);
  });
});

describe('splitAnnexB', () => {
  it.each([
    ['6742', ['6742']],
    ['000000016742', ['6742']],
    ['0000016742000001684200', ['6742', '6842']],
    ['67420000000168', ['6742', '68']],
    ['00000001', []],
    ['', []],
  ])('%s', (hex, nals) => {
    expect(splitAnnexB(Buffer.from(hex, 'hex')).map((nal) => nal.toString('hex'))).toEqual(nals);
  });
});
