import { expect, it } from 'vitest';
import { groupProblems } from './stream-problems.tsx';

const error = (message: string, timestamp: string) => ({ code: 'timeout' as const, message, timestamp });

it('joins neighbours that say the same and keeps the newest time', () => {
  const errors = [error('x', '5'), error('x', '4'), error('y', '3'), error('x', '2')];
  expect(groupProblems(errors)).toEqual([
    { newest: errors[0], count: 2 },
    { newest: errors[2], count: 1 },
    { newest: errors[3], count: 1 },
  ]);
  expect(groupProblems([])).toEqual([]);
});
