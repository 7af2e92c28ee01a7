import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff } from './back-off.ts';
import { bufferedAhead, keepUp } from './keep-up.ts';

describe('keepUp', () => {
  it.each([
    ['at the target', { latency: 0.6, target: 0.6, buffered: 0.6, rate: 1 }, 1],
    ['a little late', { latency: 0.8, target: 0.6, buffered: 0.8, rate: 1 }, 1],
    ['late', { latency: 0.95, target: 0.6, buffered: 0.9, rate: 1 }, 1.05],
    ['very late', { latency: 2.5, target: 0.6, buffered: 2, rate: 1 }, 1.1],
    ['still catching up', { latency: 0.75, target: 0.6, buffered: 0.7, rate: 1.1 }, 1.05],
    ['caught up', { latency: 0.66, target: 0.6, buffered: 0.7, rate: 1.05 }, 1],
    ['late with nothing to spare', { latency: 2.5, target: 0.6, buffered: 0.2, rate: 1.1 }, 1],
    ['far too late', { latency: 5, target: 0.6, buffered: 0.2, rate: 1 }, 'jump'],
    ['ahead of the target', { latency: 0.2, target: 0.6, buffered: 0.9, rate: 1 }, 1],
  ] as const)('%s', (_, position, expected) => expect(keepUp(position)).toBe(expected));

  it('ends near the target from any delay, and never beyond it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.4, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3.9, noNaN: true }),
        (target, excess) => {
          let latency = target + excess;
          let rate = 1;
          for (let tick = 0; tick < 200; tick++) {
            const next = keepUp({ latency, target, buffered: latency, rate });
            if (next === 'jump') return false;
            rate = next;
            latency -= (rate - 1) * 0.5;
          }
          return latency >= target && latency - target <= 0.25 && rate === 1;
        },
      ),
    );
  });
});

describe('bufferedAhead', () => {
  const ranges = (...pairs: [number, number][]): TimeRanges => ({
    length: pairs.length,
    start: (index) => pairs[index]![0],
    end: (index) => pairs[index]![1],
  });

  it.each([
    [ranges(), 1, 0],
    [ranges([0, 4]), 1, 3],
    [ranges([0, 4], [5, 9]), 5.5, 3.5],
    [ranges([0, 4], [5, 9]), 4.5, 0],
  ])('%#', (buffered, at, ahead) => expect(bufferedAhead(buffered, at)).toBe(ahead));
});

describe('backOff', () => {
  it('grows to 4 s, 20 % to either side', () => {
    expect(backOff(0, () => 0)).toBeCloseTo(200);
    expect(backOff(0, () => 1)).toBeCloseTo(300);
    expect(backOff(3, () => 0.5)).toBeCloseTo(2000);
    expect(backOff(1000, () => 0.5)).toBeCloseTo(4000);
  });
});
