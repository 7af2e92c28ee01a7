import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeOrder, SlowReader } from './index.ts';

const gop = (pattern: readonly number[], repeat: number): number[] =>
  Array.from({ length: repeat }, (_, i) => pattern.map((pts) => (pts + i * pattern.length) * 3000)).flat();

describe('DecodeOrder', () => {
  it.each([
    ['no B-frames', [0, 1, 2, 3], 0],
    ['one B-frame', [0, 2, 1, 4, 3], 1],
    ['two B-frames', [0, 3, 1, 2, 6, 4, 5], 1],
    ['a B pyramid', [0, 4, 2, 1, 3, 8, 6, 5, 7], 2],
  ])('%s: decode times rise and settle at or before presentation', (_name, pattern, depth) => {
    const order = new DecodeOrder();
    const pts = gop(pattern, 6);
    const dts = pts.map((time) => order.dts(time));
    for (let i = 1; i < dts.length; i++) expect(dts[i]).toBeGreaterThan(dts[i - 1]!);
    const settled = pts.length / 2;
    for (let i = settled; i < pts.length; i++) expect(dts[i]).toBeLessThanOrEqual(pts[i]!);
    expect(order.depth).toBe(depth);
  });

  it.each([
    ['no B-frames but 2 promised', [0, 1, 2, 3], 2],
    ['one B-frame', [0, 2, 1, 4, 3], 1],
    ['two B-frames', [0, 3, 1, 2, 6, 4, 5], 1],
    ['a B pyramid', [0, 4, 2, 1, 3, 8, 6, 5, 7], 2],
  ])(
    '%s: where the parameter sets promise it, decode times are right from the first frame',
    (_name, pattern, depth) => {
      const order = new DecodeOrder();
      order.expect(depth, 3000);
      const pts = gop(pattern, 3).map((time) => time + 90_000);
      const dts = pts.map((time) => order.dts(time));
      expect(dts).toEqual(pts.map((_, i) => 90_000 + (i - depth) * 3000));
      expect(dts.every((time, i) => time <= pts[i]!)).toBe(true);
      expect(order.depth).toBe(depth);
    },
  );

  it('begins at the media zero at the earliest', () => {
    const order = new DecodeOrder();
    order.expect(3, 3000);
    expect([900, 12_900, 6900, 3900, 9900].map((time) => order.dts(time))).toEqual([0, 300, 600, 900, 3900]);
    const zero = new DecodeOrder();
    zero.expect(2, 3000);
    expect([0, 6000, 3000].map((time) => zero.dts(time))).toEqual([0, 1, 2]);
  });

  it('passes a stream without B-frames on untouched', () => {
    const order = new DecodeOrder();
    for (const pts of [0, 3000, 6003, 9000]) expect(order.dts(pts)).toBe(pts);
  });

  it('rises strictly whatever comes in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { maxLength: 200 }), (times) => {
        const order = new DecodeOrder();
        let last = Number.NEGATIVE_INFINITY;
        for (const pts of times) {
          const dts = order.dts(pts);
          expect(dts).toBeGreaterThan(last);
          last = dts;
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('SlowReader', () => {
  const limits = { maxBytes: 1000, maxDelay: 2000, patience: 10_000 };

  it('sends while the queue stays within bytes and time', () => {
    const reader = new SlowReader(limits);
    for (let now = 0; now < 60_000; now += 40)
      expect(reader.verdict(now % 80 === 0 ? 0 : 900, false, now)).toBe('send');
  });

  it.each([
    ['too many bytes', [[1001, 0]]],
    [
      'never empty for two seconds',
      [
        [10, 0],
        [10, 1999],
        [10, 2001],
      ],
    ],
  ] as const)('skips to the next key frame: %s', (_name, steps) => {
    const reader = new SlowReader(limits);
    let verdict = '';
    for (const [queued, now] of steps) verdict = reader.verdict(queued, false, now);
    expect(verdict).toBe('skip');
    expect(reader.verdict(0, false, 3000)).toBe('skip');
    expect(reader.verdict(5, true, 3000)).toBe('skip');
    expect(reader.verdict(0, true, 3000)).toBe('send');
    expect(reader.skipped).toBe(3);
  });

  it('closes a viewer that takes nothing for its patience', () => {
    const reader = new SlowReader(limits);
    reader.verdict(2000, false, 0);
    expect(reader.verdict(2000, true, 9_999)).toBe('skip');
    expect(reader.verdict(2000, true, 10_001)).toBe('close');
  });
});
