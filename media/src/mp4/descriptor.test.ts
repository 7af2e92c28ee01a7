import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { readEsds, writeEsds } from './descriptor.ts';

describe('esds', () => {
  const ours = '03190000000411401500000000000000000000000502121006' + '0102';

  it('is written as ISO/IEC 14496-1 lays it out, and read back', () => {
    const out = new ByteWriter();
    writeEsds(out, 'audio', { objectType: 0x40, specific: Buffer.from('1210', 'hex') });
    expect(out.finish().toString('hex')).toBe(ours);
    expect(readEsds(out.finish())).toEqual({ objectType: 0x40, specific: Buffer.from('1210', 'hex') });
  });

  it('needs no decoder specific information: JPEG has none', () => {
    const out = new ByteWriter();
    writeEsds(out, 'video', { objectType: 0x6c, specific: Buffer.alloc(0) });
    expect(out.finish().toString('hex')).toBe(`0315000000040d6c11${'00'.repeat(11)}060102`);
    expect(readEsds(out.finish())).toEqual({ objectType: 0x6c, specific: Buffer.alloc(0) });
  });

  it.each([
    [
      'lengths of four bytes',
      `03808080250001000480808017${'40150000000001f4000001f400'}0580808005${'1410056e50'}068080800102`,
      '1410056e50',
    ],
    [
      'a stream it depends on, a URL and a clock',
      `031f0001e00009026161000b0411${'6b15000000'}${'0'.repeat(16)}05021408060102`,
      '1408',
    ],
  ])('reads %s', (_name, hex, specific) => {
    expect(readEsds(Buffer.from(hex, 'hex')).specific.toString('hex')).toBe(specific);
  });

  it('cannot hold a configuration beyond one length byte', () => {
    expect(() =>
      writeEsds(new ByteWriter(), 'audio', { objectType: 0x40, specific: Buffer.alloc(110) }),
    ).toThrow(RangeError);
  });

  it('meets truncation and any bytes with MalformedError alone', () => {
    const whole = Buffer.from(ours, 'hex');
    for (let size = 0; size < 24; size++)
      expect(() => readEsds(whole.subarray(0, size))).toThrow(MalformedError);
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
    const damaged = changes.map((list) => {
      const copy = Buffer.from(whole);
      for (const [at, value] of list) copy[at] = value;
      return copy;
    });
    const random = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.concat([Buffer.from([3]), bytes]));
    fc.assert(
      fc.property(fc.oneof(damaged, random), (bytes) => {
        try {
          expect(readEsds(bytes).specific.length).toBeLessThan(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { seed: 18, numRuns: 3000 },
    );
  });
});
