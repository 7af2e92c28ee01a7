import { expect, it } from 'vitest';
import { follow } from './follow.ts';

it.each([
  ['at the target', { ahead: 0.1, target: 0.1, rate: 1 }, 1],
  ['a little behind', { ahead: 0.2, target: 0.1, rate: 1 }, 1.06],
  ['nearly there again', { ahead: 0.13, target: 0.1, rate: 1.06 }, 1.06],
  ['there again', { ahead: 0.11, target: 0.1, rate: 1.06 }, 1],
  ['clearly behind', { ahead: 0.6, target: 0.1, rate: 1 }, 1.2],
  ['far behind', { ahead: 1.5, target: 0.1, rate: 1 }, 1.5],
  ['too far', { ahead: 3, target: 0.1, rate: 1.5 }, 'jump'],
  ['before the target', { ahead: 0.01, target: 0.1, rate: 1 }, 1],
])('%s', (_where, following, rate) => {
  expect(follow(following)).toBe(rate);
});
