import { setImmediate as immediate } from 'node:timers/promises';
import { FakeClock } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { type Load, Pace } from './pace.ts';

/** Rounds by hand: what was slept, and what comes next. */
function rig(load: Partial<Load> & { streams: number }, clock = new FakeClock(), room = 0) {
  const slept: number[] = [];
  const waiting = new Set<() => void>();
  const delays: number[] = [];
  const pace = new Pace({
    clock,
    room,
    load: () => ({ datagrams: 0, mayWait: 0, viewers: 0, ...load }),
    sleep: (ms) => {
      slept.push(ms);
      clock.advance(ms);
    },
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
    [{ streams: 0 }, [], 500],
    [{ streams: 7, viewers: 3, datagrams: 1 }, [], 500],
    [{ streams: 8 }, [160], 1],
    [{ streams: 500 }, [160], 1],
    [{ streams: 8, viewers: 1 }, [10], 1],
    [{ streams: 8, datagrams: 1 }, [4], 1],
    [{ streams: 8, datagrams: 1, viewers: 9 }, [4], 1],
  ])('with %o a round rests %j ms and the next comes after %i ms', (load, rests, delay) => {
    const { pace, slept, delays, round } = rig(load);
    pace.start();
    round();
    expect(slept).toEqual(rests);
    expect(delays.at(-1)).toBe(delay);
  });

  it.each([
    [{ streams: 8, datagrams: 1 }, 80],
    [{ streams: 8, datagrams: 1, viewers: 9 }, 10],
    [{ streams: 8 }, 160],
  ])('with %o and a MiB of room for datagrams a round rests %i ms', (load, rest) => {
    const { pace, slept, round } = rig(load, new FakeClock(), 1024 * 1024);
    pace.start();
    round();
    expect(slept).toEqual([rest]);
  });

  it('does not rest while as many datagrams may have left others behind them as are read of a socket at once', () => {
    const load = { streams: 8, datagrams: 8, mayWait: 0 };
    const { pace, slept, delays, round } = rig(load, new FakeClock(), 1024 * 1024);
    pace.start();
    const rests = [31, 32, 200, 5, 0].map((read) => {
      load.mayWait += read;
      const before = slept.length;
      round();
      return slept.length - before;
    });
    expect(rests).toEqual([1, 0, 0, 1, 1]);
    expect(delays.at(-1)).toBe(1);
  });

  it('follows the number of streams, goes on by itself and ends when it is stopped', () => {
    const load = { streams: 4, viewers: 1 };
    const { pace, slept, waiting, round } = rig(load);
    pace.start();
    pace.start();
    expect(waiting.size).toBe(1);
    round();
    load.streams = 12;
    round();
    expect(slept).toEqual([10]);
    pace.stop();
    expect(waiting.size).toBe(0);
    round();
    expect(slept).toEqual([10]);
  });

  it('rests like with a viewer for five seconds after somebody asked for a stream', () => {
    const clock = new FakeClock();
    const { pace, slept, round } = rig({ streams: 30 }, clock);
    pace.start();
    pace.attend();
    round();
    clock.advance(4_900);
    round();
    clock.advance(100);
    round();
    expect(slept).toEqual([10, 10, 160]);
  });

  it('tells how late its rounds are, the rests not among it', () => {
    const clock = new FakeClock();
    const { pace, round } = rig({ streams: 8 }, clock);
    pace.start();
    for (const taken of [500, 1, 8, 1]) {
      clock.advance(taken);
      round();
    }
    expect(pace.delay.p99).toBeGreaterThanOrEqual(7);
    expect(pace.delay.p99).toBeLessThan(8);
  });

  it('really rests, and what happened meanwhile is taken after it', async () => {
    let rounds = 0;
    const pace = new Pace({
      load: () => {
        rounds++;
        return { streams: 20, datagrams: 0, mayWait: 0, viewers: 1 };
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
