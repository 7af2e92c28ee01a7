import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, escapeNal, unescapeNal } from './index.ts';

describe('emulation prevention', () => {
  const table: [string, string][] = [
    ['000000', '00000300'],
    ['000001', '00000301'],
    ['000003', '00000303'],
    ['000004', '000004'],
    ['0000000000', '00000300000300'],
    ['67640000', '6764000003'],
    ['6764', '6764'],
  ];
  it.each(table)('%s <-> %s', (rbsp, nal) => {
    expect(escapeNal(Buffer.from(rbsp, 'hex')).toString('hex')).toBe(nal);
    expect(unescapeNal(Buffer.from(nal, 'hex')).toString('hex')).toBe(rbsp);
  });

  it('undoes itself and never leaves a start code', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 2, 3), fc.nat(255)), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, (values) => {
        const rbsp = Buffer.from(values);
        const nal = escapeNal(rbsp);
        expect(unescapeNal(nal)).toEqual(rbsp);
        for (const code of ['000000', '000001', '000002']) expect(nal.indexOf(code, 0, 'hex')).toBe(-1);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});

describe('ByteWriter', () => {
  it('writes big-endian numbers and nested boxes', () => {
    const writer = new ByteWriter(1);
    writer.box('moov', () => {
      writer.fullBox('mvhd', 1, 0x020304, () => writer.u64(2 ** 40 + 5).zeros(2));
      writer
        .u8(1)
        .u16(0x203)
        .u24(0x40506)
        .u32(0xdeadbeef)
        .bytes(Buffer.from([9]))
        .ascii('az');
    });
    expect(writer.finish().toString('hex')).toBe(
      `0000002b6d6f6f76` + `000000166d766864010203040000010000000005` + `0000` + `010203040506deadbeef09617a`,
    );
    expect(writer.length).toBe(43);
  });
});
