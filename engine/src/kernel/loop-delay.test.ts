import { expect, it } from 'vitest';
import { LoopDelay } from './loop-delay.ts';

it('the delay of 99 in 100 is told, at most an eighth too high, of the last minute alone', () => {
  const delay = new LoopDelay();
  expect(delay.p99).toBeUndefined();
  for (let i = 0; i < 990; i++) delay.note(2, i);
  for (let i = 0; i < 10; i++) delay.note(300, i);
  expect(delay.p99).toBeGreaterThanOrEqual(2);
  expect(delay.p99).toBeLessThanOrEqual(2.25);
  delay.note(300, 1000);
  expect(delay.p99).toBeGreaterThanOrEqual(300);
  expect(delay.p99).toBeLessThanOrEqual(338);
  for (const now of [31_000, 61_000]) for (let i = 0; i < 5; i++) delay.note(0.02, now);
  expect(delay.p99).toBeLessThanOrEqual(0.1);
  delay.note(1e12, 61_001);
  expect(delay.p99).toBeGreaterThan(5000);
});
