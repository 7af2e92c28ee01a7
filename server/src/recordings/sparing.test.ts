import { expect, test } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { sparing } from './sparing.ts';

/** A figure that takes so long to read, and how often it was. */
function figure(clock: FakeClock, ms: () => number) {
  let reads = 0;
  const ask = sparing(clock, async () => {
    reads++;
    clock.advance(ms());
    return reads;
  });
  return { ask, reads: () => reads };
}

test('what is read in no time is new each time', async () => {
  const { ask } = figure(new FakeClock(), () => 0);
  expect([await ask(), await ask(), await ask()]).toEqual([1, 2, 3]);
});

test('what takes 50 ms is read once a second, for all who ask meanwhile', async () => {
  const clock = new FakeClock();
  const { ask, reads } = figure(clock, () => 50);
  expect(await ask()).toBe(1);
  clock.advance(999);
  expect(await ask()).toBe(1);
  clock.advance(1);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([2, 2, 2]);
  expect(reads()).toBe(2);
});

test('what fails is asked again', async () => {
  let fails = true;
  const ask = sparing(new FakeClock(), async () => {
    if (fails) throw new Error('no');
    return 1;
  });
  await expect(ask()).rejects.toThrow('no');
  fails = false;
  expect(await ask()).toBe(1);
});
