import { expect, it } from 'vitest';
import { FakeClock } from '../../clock/fake-clock.ts';
import { Steps } from './steps.ts';

function setUp(count: number) {
  const clock = new FakeClock();
  const steps = new Steps(clock);
  const levels: number[] = [];
  const begin = () => steps.begin(count, (level) => levels.push(level));
  begin();
  return { clock, steps, levels, begin };
}

it('plays the original, and a smaller picture when it waits twice within a while', async () => {
  const { clock, steps, levels } = setUp(3);
  steps.stalled();
  await clock.advance(15_000);
  steps.stalled();
  expect(levels).toEqual([2]);
  await clock.advance(14_000);
  steps.stalled();
  expect(levels).toEqual([2, 1]);
  steps.stalled();
  steps.stalled();
  steps.stalled();
  steps.stalled();
  expect(levels).toEqual([2, 1, 0]);
});

it('tries the larger one after a calm while, and later when that did not last', async () => {
  const { clock, steps, levels } = setUp(2);
  steps.lower();
  await clock.advance(59_999);
  expect(levels).toEqual([1, 0]);
  await clock.advance(1);
  expect(levels).toEqual([1, 0, 1]);
  steps.lower();
  await clock.advance(119_999);
  expect(levels).toEqual([1, 0, 1, 0]);
  await clock.advance(1);
  expect(levels.at(-1)).toBe(1);
});

it('remembers over attempts, and is quiet between them', async () => {
  const { clock, steps, levels, begin } = setUp(2);
  steps.end(true);
  begin();
  await clock.advance(4_000);
  steps.end(true);
  await clock.advance(1_000_000);
  expect(levels).toEqual([1, 1]);
  begin();
  expect(levels).toEqual([1, 1, 0]);
  steps.end(false);
  begin();
  expect(levels.at(-1)).toBe(0);
});

it('has nothing to choose of one', () => {
  const { steps, levels } = setUp(1);
  steps.stalled();
  steps.stalled();
  steps.lower();
  expect(levels).toEqual([0]);
});
