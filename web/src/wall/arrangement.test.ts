import { describe, expect, it } from 'vitest';
import { movedTo, type Placed, placedOf, tilesOf } from './arrangement.ts';

const placed = (text: string): Placed[] =>
  text.split(' ').map((one) => ({ id: one[0]!, size: Number(one[1] ?? 1) }));
const places = (text: string, columns: number) =>
  tilesOf(placed(text), columns).map(({ camera_id, x, y, w }) => `${camera_id}${x}${y}${w}`);

describe('tilesOf', () => {
  it.each([
    ['a b c', 2, ['a001', 'b101', 'c011']],
    ['a2 b c d', 3, ['a002', 'b201', 'c211', 'd021']],
    ['a b2 c', 2, ['a001', 'b012', 'c101']],
    ['a3', 2, ['a002']],
  ])('%s in %d columns', (text, columns, expected) => expect(places(text, columns)).toEqual(expected));

  it('is read back in the order in which it was placed', () => {
    const arranged = placed('a2 b c d2 e');
    expect(placedOf(tilesOf(arranged, 3).toReversed()).map(({ id }) => id)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });
});

it.each([
  ['a', 'c', 'bca'],
  ['c', 'a', 'cab'],
  ['a', 'a', 'abc'],
  ['x', 'a', 'abc'],
])('%s to the place of %s', (id, over, order) =>
  expect(
    movedTo(placed('a b c'), id, over)
      .map((one) => one.id)
      .join(''),
  ).toBe(order),
);
