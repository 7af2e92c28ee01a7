import { describe, expect, it } from 'vitest';
import { CommonClock } from './common-clock.ts';

function setUp(limit = 1_000_000) {
  let now = 0;
  const clock = new CommonClock({ at: 10_000, now: () => now, limit: () => limit });
  return {
    clock,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('CommonClock', () => {
  it('stands until it plays, and keeps what has passed when its pace changes', () => {
    const { clock, pass } = setUp();
    pass(1_000);
    expect(clock.at).toBe(10_000);
    clock.setPlaying(true);
    pass(1_000);
    expect(clock.at).toBe(11_000);
    clock.setRate(4);
    pass(1_000);
    expect(clock.at).toBe(15_000);
    clock.setPlaying(false);
    pass(1_000);
    expect(clock.at).toBe(15_000);
  });

  it('stands for all while one picture waits', () => {
    const { clock, pass } = setUp();
    clock.setPlaying(true);
    clock.hold('a', true);
    clock.hold('b', true);
    clock.hold('a', false);
    pass(5_000);
    expect(clock.at).toBe(10_000);
    clock.hold('b', false);
    pass(2_000);
    expect(clock.at).toBe(12_000);
  });

  it('goes where it is told, and not beyond the present', () => {
    const { clock, pass } = setUp(20_000);
    clock.seek(30_000);
    expect(clock.at).toBe(20_000);
    clock.seek(19_000);
    clock.setPlaying(true);
    pass(5_000);
    expect(clock.at).toBe(20_000);
  });

  it('tells of changes, and only of changes', () => {
    const { clock } = setUp();
    let told = 0;
    const leave = clock.subscribe(() => {
      told += 1;
    });
    clock.setPlaying(true);
    clock.setPlaying(true);
    clock.hold('a', false);
    clock.seek(11_000);
    expect(told).toBe(2);
    leave();
    clock.setPlaying(false);
    expect(told).toBe(2);
  });
});
