import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeOrder, InTurn, SlowReader } from './index.ts';

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

describe('InTurn', () => {
  const rowOf = (count: number): InTurn<number> => {
    const row = new InTurn<number>();
    for (let member = 0; member < count; member++) row.add(member);
    return row;
  };
  const round = (row: InTurn<number>, meanwhile?: (member: number) => void): number[] => {
    const served: number[] = [];
    row.serve((member) => {
      served.push(member);
      meanwhile?.(member);
    });
    return served;
  };

  it.each([1, 2, 7, 16, 17, 300])(
    '%i members: everybody once a round, and nobody is always late',
    (count) => {
      const row = rowOf(count);
      const places = Array.from({ length: count }, () => 0);
      const rounds = 160;
      for (let i = 0; i < rounds; i++) {
        const served = round(row);
        expect(served.toSorted((a, b) => a - b)).toEqual([...row]);
        for (const [place, member] of served.entries()) places[member]! += place;
      }
      const middle = (count - 1) / 2;
      for (const sum of places) expect(Math.abs(sum / rounds - middle)).toBeLessThanOrEqual(count / 10);
    },
  );

  it('who leaves in a round is not served any more, and who comes waits for the next', () => {
    const row = rowOf(4);
    expect(round(row)).toEqual([1, 2, 3, 0]);
    const served = round(row, (member) => {
      if (member !== 2) return;
      expect(row.delete(0)).toBe(true);
      expect(row.delete(9)).toBe(false);
      row.add(5);
    });
    expect(served).toEqual([2, 3, 1]);
    expect([...row]).toEqual([1, 2, 3, 5]);
    expect(round(row).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 5]);
    row.clear();
    expect([row.size, row.has(1), round(row)]).toEqual([0, false, []]);
  });
});
