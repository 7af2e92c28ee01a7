import { describe, expect, it } from 'vitest';
import { median, minMedian, quantile } from './statistics.ts';

describe('quantile', () => {
  it.each([
    [[1, 2, 3], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10], 0.95, 10],
    [[0, 100], 0.95, 95],
  ])('of %j at %d is %d', (values, p, expected) => {
    expect(quantile(values, p)).toBeCloseTo(expected, 9);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });

  it('prints smallest and median', () => {
    expect(minMedian([3, 1, 2])).toBe('1.00 / 2.00');
  });
});
