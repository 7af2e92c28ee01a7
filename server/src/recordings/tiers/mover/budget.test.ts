import { expect, it } from 'vitest';
import { Budget } from './budget.ts';

/** Time that passes only while somebody waits for it. */
function stillClock() {
  let now = 0;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    wait: (ms: number) => new Promise<void>((wake) => sleepers.push({ until: now + ms, wake })),
    /** Lets time pass until nobody waits. */
    async run() {
      for (;;) {
        for (let i = 0; i < 10; i++) await Promise.resolve();
        const next = sleepers.toSorted((a, b) => a.until - b.until)[0];
        if (!next) return;
        now = Math.max(now, next.until);
        sleepers = sleepers.filter((other) => other !== next);
        next.wake();
      }
    },
  };
}

async function carry(budget: Budget, times: number, bytes: number, rate: number | null): Promise<void> {
  for (let i = 0; i < times; i++) await budget.take(bytes, rate);
}

it('is one for all copies: three at once take three times as long as one', async () => {
  const took = async (copies: number): Promise<number> => {
    const clock = stillClock();
    const budget = new Budget(clock);
    const all = Promise.all(Array.from({ length: copies }, () => carry(budget, 10, 100, 100)));
    await clock.run();
    await all;
    return clock.now();
  };
  // A second of credit at the start: what was not used before.
  expect([await took(1), await took(3)]).toEqual([9_000, 29_000]);
});

it('makes up for a second of a pause and no more', async () => {
  const clock = stillClock();
  const budget = new Budget(clock);
  void clock.wait(60_000);
  await clock.run();
  const carried = carry(budget, 5, 100, 100);
  await clock.run();
  await carried;
  expect(clock.now()).toBe(64_000);
});

it('holds nobody back without a limit', async () => {
  const clock = stillClock();
  await carry(new Budget(clock), 1_000, 1e9, null);
  expect(clock.now()).toBe(0);
});
