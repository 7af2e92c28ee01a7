import { expect, it } from 'vitest';
import { Rate } from './rate.ts';

/** Numbers of the pictures that pass of ten seconds, and the longest time between two. */
function passing(wanted: number, given: number, isKey: (i: number) => boolean) {
  const rate = new Rate(wanted);
  const passed = Array.from({ length: given * 10 }, (_, i) => i).filter((i) => rate.due(i / given, isKey(i)));
  const gaps = passed.slice(1).map((i, at) => (i - passed[at]!) / given);
  return { passed, longest: Math.max(...gaps) };
}

const every = (count: number) => (i: number) => i % count === 0;
const never = () => false;

it.each([
  ['15 of 25', 15, 25],
  ['10 of 25', 10, 25],
  ['20 of 30', 20, 30],
  ['15 of 30', 15, 30],
])('%s: a key frame gives way to the next picture, and as many pass', (_, wanted, given) => {
  const { passed, longest } = passing(wanted, given, every(2 * given));
  const plain = passing(wanted, given, never);
  expect(passed.filter(every(2 * given))).toEqual([0]);
  expect(Math.abs(passed.length - plain.passed.length)).toBeLessThanOrEqual(1);
  expect(longest).toBeLessThan(2 / wanted);
});

it.each([
  ['nothing is left out', 25, 25, every(50)],
  ['more are wanted than come', 60, 25, every(50)],
  ['all are key frames', 15, 25, every(1)],
  ['every other one is', 15, 25, every(2)],
  ['five a second are', 15, 25, every(5)],
])('where %s, key frames are as others', (_, wanted, given, isKey) => {
  expect(passing(wanted, given, isKey)).toEqual(passing(wanted, given, never));
});
