import { FakeClock } from '@nightjar/media/testing';
import { expect, test } from 'vitest';
import { Demand } from './demand.ts';

function world(): { clock: FakeClock; demand: Demand; changes: boolean[] } {
  const clock = new FakeClock();
  const changes: boolean[] = [];
  const demand = new Demand({ clock, grace: () => 10_000, changed: () => changes.push(demand.wanted) });
  return { clock, demand, changes };
}

test('the first viewer makes a stream wanted, the last one leaves it so for the grace', () => {
  const { clock, demand, changes } = world();
  demand.watching(1);
  demand.watching(2);
  demand.watching(0);
  clock.advance(9_999);
  expect(demand.wanted).toBe(true);
  clock.advance(1);
  expect(demand.wanted).toBe(false);
  expect(changes).toEqual([true, false]);
});

test('who comes back within the grace finds it running', () => {
  const { clock, demand, changes } = world();
  demand.watching(1);
  demand.watching(0);
  clock.advance(5_000);
  const release = demand.hold();
  clock.advance(60_000);
  expect(changes).toEqual([true]);
  release();
  release();
  clock.advance(10_000);
  expect(changes).toEqual([true, false]);
  expect(clock.pending).toBe(0);
});

test('a hold and viewers add up', () => {
  const { clock, demand, changes } = world();
  const release = demand.hold();
  demand.watching(1);
  release();
  clock.advance(60_000);
  expect(demand.wanted).toBe(true);
  demand.watching(0);
  demand.close();
  expect(clock.pending).toBe(0);
  expect(changes).toEqual([true]);
});
