import { expect, it } from 'vitest';
import { typed } from './thresholds.ts';

it('sends numbers as numbers, and nothing for what was left empty', () => {
  const names = ['for_seconds', 'min_fps', 'topic'] as const;
  expect(typed(names, { for_seconds: '30', min_fps: ' ', topic: '7' })).toEqual({
    for_seconds: 30,
    topic: '7',
  });
  expect(typed(names, { for_seconds: 'soon' })).toEqual({ for_seconds: 'soon' });
  expect(typed(['topic'], { for_seconds: '30' })).toEqual({});
});
