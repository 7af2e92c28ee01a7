import { describe, expect, it } from 'vitest';
import {
  h265LayerId,
  h265NalType,
  h265ParameterSetId,
  isFirstH265Slice,
  isH265Key,
  isH265ParameterSet,
  isH265Slice,
  startsH265AccessUnit,
} from '../index.ts';

const nal = (type: number, payload: number[] = [0x80], layer = 0) =>
  Buffer.from([(type << 1) | (layer >> 5), ((layer & 31) << 3) | 1, ...payload]);

describe('NAL unit types', () => {
  it.each<[string, number, boolean, boolean, boolean]>([
    ['quirk 42: TRAIL_N, type 0', 0, false, false, true],
    ['TRAIL_R', 1, false, false, true],
    ['RASL_R', 9, false, false, true],
    ['reserved 10', 10, false, false, false],
    ['BLA_W_LP', 16, true, false, true],
    ['IDR_W_RADL', 19, true, false, true],
    ['IDR_N_LP', 20, true, false, true],
    ['CRA', 21, true, false, true],
    ['reserved IRAP 22', 22, false, false, false],
    ['VPS', 32, false, true, false],
    ['SPS', 33, false, true, false],
    ['PPS', 34, false, true, false],
    ['delimiter', 35, false, false, false],
    ['suffix SEI', 40, false, false, false],
  ])('%s', (_name, type, key, set, slice) => {
    const unit = Buffer.concat([Buffer.from([0xff]), nal(type, [], 33)]);
    expect(h265NalType(unit, 1)).toBe(type);
    expect(h265LayerId(unit, 1)).toBe(33);
    expect([isH265Key(type), isH265ParameterSet(type), isH265Slice(type)]).toEqual([key, set, slice]);
  });
});

describe('startsH265AccessUnit', () => {
  it.each<[string, Buffer, boolean, boolean]>([
    ['first slice after a slice', nal(0), true, true],
    ['later slice after a slice', nal(1, [0x40]), true, false],
    ['a slice without payload', nal(1, []), true, false],
    ['first slice after a parameter set', nal(19), false, false],
    ['VPS after a slice', nal(32), true, true],
    ['delimiter after a slice', nal(35), true, true],
    ['end of sequence after a slice', nal(36), true, false],
    ['prefix SEI after a slice', nal(39), true, true],
    ['suffix SEI after a slice', nal(40), true, false],
    ['reserved 41 after a slice', nal(41), true, true],
    ['reserved 45 after a slice', nal(45), true, false],
    ['unspecified 48 after a slice', nal(48), true, true],
    ['unspecified 56 after a slice', nal(56), true, false],
    ['first slice of another layer', nal(1, [0x80], 1), true, false],
  ])('%s', (_name, unit, hasSlice, expected) => {
    expect(startsH265AccessUnit(unit, 0, unit.length, hasSlice)).toBe(expected);
    if (unit.length > 2) expect(isFirstH265Slice(unit, 0, unit.length)).toBe(unit[2]! > 127);
  });
});

describe('h265ParameterSetId', () => {
  it.each([
    ['40010c01ffff', 0],
    ['4001fc', 15],
    ['42010101600000030090000003000003005da00280802d16', 0],
    // A level of one sub-layer lies in front of the id.
    ['4201030160000003009000000300000300ba40003c60', 2],
    ['4401c073c189', 0],
    ['440150', 1],
    ['4001', undefined],
    ['42010101600000', undefined],
    ['440100', undefined],
  ])('%s has id %s', (hex, id) => {
    expect(h265ParameterSetId(Buffer.from(hex, 'hex'))).toBe(id);
  });
});
