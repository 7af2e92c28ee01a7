import { describe, expect, it } from 'vitest';
import { type Polygon, pathOf, placeOf, withCorner, withMoved } from './polygons.ts';

const TRIANGLE: Polygon = [
  [0.1, 0.1],
  [0.5, 0.1],
  [0.5, 0.5],
];

describe('a shape that is drawn', () => {
  it('gets corners, and is closed by its first one from three on', () => {
    let { drawn, closed } = withCorner([], [0.1, 0.1]);
    ({ drawn, closed } = withCorner(drawn, [0.5, 0.1]));
    expect(withCorner(drawn, [0.1, 0.1])).toEqual({ drawn, closed: null });
    ({ drawn, closed } = withCorner(drawn, [0.5, 0.5]));
    expect([drawn, closed]).toEqual([TRIANGLE, null]);
    expect(withCorner(drawn, [0.11, 0.11])).toEqual({ drawn: [], closed: TRIANGLE });
  });

  it('has no two corners at one place', () => {
    expect(withCorner(TRIANGLE, [0.501, 0.5])).toEqual({ drawn: TRIANGLE, closed: null });
  });
});

it('stays within the picture', () => {
  expect(placeOf(-0.2, 1.4)).toEqual([0, 1]);
  expect(placeOf(0.12345, 0.5)).toEqual([0.123, 0.5]);
});

it('is changed by one corner', () => {
  const moved = withMoved([TRIANGLE, TRIANGLE], { polygon: 1, corner: 2 }, [0.9, 0.9]);
  expect(moved).toEqual([TRIANGLE, [TRIANGLE[0], TRIANGLE[1], [0.9, 0.9]]]);
});

it('is written for a picture of a hundred by a hundred', () => {
  expect(pathOf(TRIANGLE)).toBe('10,10 50,10 50,50');
});
