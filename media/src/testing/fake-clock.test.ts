import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('stands still until told to move', () => {
    const clock = new FakeClock({ utc: 1000 });
    expect([clock.utc(), clock.monotonic()]).toEqual([1000, 0]);
    clock.advance(250);
    expect([clock.utc(), clock.monotonic()]).toEqual([1250, 250]);
  });

  it('runs timers in order of their due time, then of arming, at exactly that time', () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.monotonic()}`);
    clock.after(30, note('c'));
    clock.after(10, note('a'));
    clock.after(10, note('b'));
    clock.every(12.5, note('e'));
    clock.advance(29);
    expect(ran).toEqual(['a@10', 'b@10', 'e@12.5', 'e@25']);
    clock.advance(1);
    expect(ran.at(-1)).toBe('c@30');
  });

  it('runs what a task arms when it falls due within the same advance', () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    const again = () => {
      ran.push(clock.monotonic());
      if (ran.length < 4) clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  it('cancels, also from inside another task at the same time', () => {
    const clock = new FakeClock();
    let ran = 0;
    clock.after(5, () => cancel());
    const cancel = clock.after(5, () => ran++);
    const stop = clock.every(1, () => ran++);
    stop();
    stop();
    clock.advance(10);
    expect(ran).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('steps the time of day without touching monotonic time or timers', () => {
    const clock = new FakeClock({ utc: 0 });
    let ran = 0;
    clock.after(100, () => ran++);
    clock.stepUtc(60_000);
    clock.stepUtc(-90_000);
    expect([clock.utc(), clock.monotonic(), ran]).toEqual([-30_000, 0, 0]);
    clock.advance(100);
    expect([clock.utc(), ran]).toEqual([-29_900, 1]);
  });

  it('refuses to go back and to tick without a period', () => {
    const clock = new FakeClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    expect(() => clock.every(0, () => undefined)).toThrow(RangeError);
  });

  it('gives the same runs for one long advance as for many short ones', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 20 });
    const steps = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 });
    const runs = (advances: number[], armed: number[]) => {
      const clock = new FakeClock();
      const ran: string[] = [];
      for (const [index, ms] of armed.entries())
        clock.after(ms, () => ran.push(`${index}@${clock.monotonic()}`));
      clock.every(7, () => ran.push(`every@${clock.monotonic()}`));
      for (const ms of advances) clock.advance(ms);
      return ran;
    };
    fc.assert(
      fc.property(delays, steps, (armed, short) => {
        const whole = short.reduce((sum, ms) => sum + ms, 0);
        expect(runs(short, armed)).toEqual(runs([whole], armed));
      }),
    );
  });
});
