import { describe, expect, it } from 'vitest';
import { nextFootage, stretchAt, stretchesOf } from './stretches.ts';

const T0 = Date.UTC(2026, 0, 1);
const iso = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
const coverage = (from: number, to: number, gaps: readonly (readonly [number, number])[]) => ({
  from: iso(from),
  to: iso(to),
  recorded: 0,
  completeness: 0,
  gaps: gaps.map(([start, end]) => ({
    start: iso(start),
    end: iso(end),
    seconds: end - start,
    reason: 'camera_lost' as const,
  })),
});
const shape = (stretches: ReturnType<typeof stretchesOf>) =>
  stretches.map(({ from, to, gap }) => [(from - T0) / 1000, (to - T0) / 1000, gap !== null]);

describe('stretchesOf', () => {
  it.each([
    ['nothing but footage', coverage(0, 60, []), [[0, 60, false]]],
    ['nothing at all', coverage(0, 60, [[0, 60]]), [[0, 60, true]]],
    [
      'a gap within',
      coverage(0, 60, [[20, 30]]),
      [
        [0, 20, false],
        [20, 30, true],
        [30, 60, false],
      ],
    ],
    [
      'gaps at both ends',
      coverage(0, 60, [
        [0, 5],
        [50, 60],
      ]),
      [
        [0, 5, true],
        [5, 50, false],
        [50, 60, true],
      ],
    ],
  ])('%s', (_, given, expected) => expect(shape(stretchesOf(given))).toEqual(expected));
});

it('finds what lies where', () => {
  const stretches = stretchesOf(coverage(0, 60, [[20, 30]]));
  expect(stretchAt(stretches, T0 + 25_000)?.gap).toBe('camera_lost');
  expect(stretchAt(stretches, T0 + 30_000)?.gap).toBeNull();
  expect(stretchAt(stretches, T0 + 60_000)).toBeUndefined();
  expect(nextFootage(stretches, T0 + 10_000)).toBe(T0 + 10_000);
  expect(nextFootage(stretches, T0 + 25_000)).toBe(T0 + 30_000);
  expect(nextFootage(stretches, T0 + 61_000)).toBeUndefined();
});
