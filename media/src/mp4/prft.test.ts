import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { PRFT_BYTES, readPrft, writePrft } from './prft.ts';

const HEAD = '0000002070726674' + '01000008' + '00000001';

describe('prft', () => {
  it.each([
    ['1970', { trackId: 1, utc: 0, mediaTime: 0 }, `${HEAD}83aa7e80000000000000000000000000`],
    [
      'half a second',
      { trackId: 1, utc: 500, mediaTime: 2 ** 32 },
      `${HEAD}83aa7e80800000000000000100000000`,
    ],
    [
      'the second NTP era',
      { trackId: 1, utc: 2_085_978_496_000, mediaTime: 1 },
      `${HEAD}00000000000000000000000000000001`,
    ],
  ])('%s, both ways', (_name, time, hex) => {
    expect(writePrft(time).toString('hex')).toBe(hex);
    expect(readPrft(Buffer.from(hex, 'hex'))).toEqual(time);
  });

  it('reads version 0', () => {
    const box = '0000001c70726674' + '00000000' + '00000007' + '83aa7e80c0000000' + '00000005';
    expect(readPrft(Buffer.from(box, 'hex'))).toEqual({ trackId: 7, utc: 750, mediaTime: 5 });
  });

  it('keeps microseconds between 1970 and 2104', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 41), fc.nat(999), fc.maxSafeNat(), (milliseconds, microseconds, mediaTime) => {
        const utc = (milliseconds * 1000 + microseconds) / 1000;
        const box = writePrft({ trackId: 3, utc, mediaTime });
        expect(box.length).toBe(PRFT_BYTES);
        expect(readPrft(box)).toEqual({ trackId: 3, utc, mediaTime });
      }),
      { seed: 12, numRuns: 2000 },
    );
  });

  it('refuses short boxes, unknown versions and senseless times', () => {
    const box = writePrft({ trackId: 1, utc: 0, mediaTime: 0 });
    for (let size = 0; size < box.length; size++)
      expect(() => readPrft(box.subarray(0, size))).toThrow(MalformedError);
    const later = Buffer.from(box);
    later[8] = 2;
    expect(() => readPrft(later)).toThrow(MalformedError);
    const far = Buffer.from(box);
    far[24] = 0x7f;
    expect(() => readPrft(far)).toThrow(MalformedError);
  });
});
