import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { mfraSize, readMfra, type TrackIndex, writeMfra } from './mfra.ts';

describe('mfra', () => {
  it('writes the boxes of ISO/IEC 14496-12', () => {
    const box = writeMfra([{ trackId: 1, points: [{ time: 2 ** 33, moofOffset: 700 }] }]);
    expect(box.toString('hex')).toBe(
      [
        '000000436d667261',
        '0000002b7466726101000000', // tfra v1
        '000000010000000000000001', // track 1, one-byte numbers, one entry
        '000000020000000000000000000002bc010101',
        '000000106d66726f0000000000000043',
      ].join(''),
    );
    expect(mfraSize(box)).toBe(box.length);
    expect(mfraSize(box.subarray(-20))).toBe(box.length);
  });

  it('reads version 0 and wide numbers', () => {
    const hex = [
      '000000316d667261',
      '000000297466726100000000', // tfra v0
      '000000020000002a00000001', // track 2, numbers of three bytes, one entry
      '0000000500000009000001000001000001',
    ].join('');
    expect(readMfra(Buffer.from(hex, 'hex'))).toEqual([{ trackId: 2, points: [{ time: 5, moofOffset: 9 }] }]);
  });

  it('reads back any index', () => {
    const point = fc.record({ time: fc.maxSafeNat(), moofOffset: fc.maxSafeNat() });
    const track = fc.record({ trackId: fc.nat(0xffffffff), points: fc.array(point, { maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(track, { maxLength: 4 }), (tracks: TrackIndex[]) => {
        expect(readMfra(writeMfra(tracks))).toEqual(tracks);
      }),
      { seed: 10, numRuns: 500 },
    );
  });

  it.each([
    ['no mfro', Buffer.alloc(16)],
    ['too short', Buffer.alloc(15)],
  ])('%s at the tail', (_name, tail) => {
    expect(mfraSize(tail)).toBeUndefined();
  });

  it('meets damage with MalformedError alone', () => {
    const whole = writeMfra([
      { trackId: 1, points: [1, 2, 3].map((i) => ({ time: i * 90_000, moofOffset: i * 1000 })) },
      { trackId: 2, points: [] },
    ]);
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(changes, fc.nat(whole.length), (list, cut) => {
        const box = Buffer.from(whole.subarray(0, list.length % 2 ? whole.length : cut));
        for (const [at, value] of list) if (at < box.length) box[at] = value;
        try {
          expect(readMfra(box).length).toBeLessThan(4);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { seed: 11, numRuns: 5000 },
    );
  });
});
