import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** Rounds by hand: what was slept, and what comes next. */
function rig(streams: { count: number }) {
  const slept: number[] = [];
  const waiting = new Set<() => void>();
  const delays: number[] = [];
  const pace = new Pace({
    streams: () => streams.count,
    sleep: (ms) => slept.push(ms),
    next: (task, ms) => {
      delays.push(ms);
      waiting.add(task);
      return () => waiting.delete(task);
    },
  });
  const round = (): void => {
    const [task] = waiting;
    if (!task) return;
    waiting.delete(task);
    task();
  };
  return { pace, slept, waiting, delays, round };
}

describe('Pace', () => {
  it.each([
    [0, [], 500],
    [7, [], 500],
    [8, [10], 1],
    [500, [10], 1],
  ])('with %i streams a round rests %j ms and the next comes after %i ms', (count, rests, delay) => {
    const { pace, slept, delays, round } = rig({ count });
    pace.start();
    round();
    expect(slept).toEqual(rests);
    expect(delays.at(-1)).toBe(delay);
  });

  it('follows the number of streams, goes on by itself and ends when it is stopped', () => {
    const streams = { count: 4 };
    const { pace, slept, waiting, round } = rig(streams);
    pace.start();
    pace.start();
    expect(waiting.size).toBe(1);
    round();
    streams.count = 12;
    round();
    expect(slept).toEqual([10]);
    pace.stop();
    expect(waiting.size).toBe(0);
    round();
    expect(slept).toEqual([10]);
  });

  it('really rests, and what happened meanwhile is taken after it', async () => {
    let rounds = 0;
    const pace = new Pace({
      streams: () => {
        rounds++;
        return 20;
      },
    });
    pace.start();
    const hold = setInterval(() => undefined, 1);
    while (rounds < 3) await immediate();
    pace.stop();
    clearInterval(hold);
    const seen = rounds;
    await immediate();
    expect(rounds).toBe(seen);
  });
});
