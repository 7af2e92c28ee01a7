import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { Burst, type TimedFrame } from './burst.ts';

/** Frames of so many bytes, told apart by their time stamps. */
const frame = (timestamp: number, bytes = 20_000): TimedFrame => ({
  frame: { payloads: [], bytes, time: timestamp, key: false, disposable: false },
  timestamp,
});

class Way {
  readonly clock = new FakeClock({ utc: 0 });
  readonly sent: number[] = [];
  /** Looks at how much is queued. */
  looks = 0;
  queued = 0;
  readonly burst = new Burst({
    clock: this.clock,
    send: ({ timestamp }) => void this.sent.push(timestamp),
    queued: () => {
      this.looks++;
      return this.queued;
    },
  });
}

describe('frames for a peer', () => {
  it('go out at once while its connection takes them', () => {
    const way = new Way();
    for (let i = 0; i < 100; i++) way.burst.add(frame(i));
    expect(way.sent).toHaveLength(100);
    expect([way.burst.active, way.burst.held, way.clock.pending]).toEqual([false, 0, 0]);
  });

  it('wait once its connection takes nothing, and follow in their order', () => {
    const way = new Way();
    way.burst.add(frame(0));
    way.queued = 64 * 1024;
    for (let i = 1; i < 20; i++) way.burst.add(frame(i));
    way.clock.advance(1_000);
    expect(way.sent).toEqual([0]);
    expect(way.burst.held).toBe(19 * 20_000);
    way.queued = 0;
    way.clock.advance(100);
    expect(way.sent).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([way.burst.active, way.burst.held, way.clock.pending]).toEqual([false, 0, 0]);
  });

  it('that come while a burst goes out in its time are not held against it', () => {
    const way = new Way();
    way.burst.start(Array.from({ length: 20 }, (_, i) => frame(i)));
    way.burst.add(frame(20));
    expect([way.sent.length, way.burst.held]).toEqual([4, 0]);
    way.queued = 64 * 1024;
    way.clock.advance(5);
    expect([way.sent.length, way.burst.held]).toEqual([4, 20_000]);
  });

  it('cost a look every 40 ms while nothing is taken, and 5 ms again when it is', () => {
    const way = new Way();
    way.queued = 64 * 1024;
    way.burst.start(Array.from({ length: 100 }, (_, i) => frame(i)));
    way.clock.advance(10_000);
    expect(way.looks).toBeLessThan(260);
    way.queued = 0;
    way.clock.advance(40);
    const before = way.sent.length;
    way.clock.advance(5);
    expect(way.sent.length).toBe(before + 4);
  });

  it('are refused beyond 12 MiB', () => {
    const way = new Way();
    way.queued = 64 * 1024;
    const taken = Array.from({ length: 20 }, (_, i) => way.burst.add(frame(i, 1024 * 1024)));
    expect(taken.filter(Boolean)).toHaveLength(13);
  });
});
