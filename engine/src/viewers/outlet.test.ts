import { FakeClock } from '@nightjar/media/testing';
import { expect, test } from 'vitest';
import { QuietLog } from '../testing/index.ts';
import { Outlet, Viewers, type Wire } from './index.ts';

class FakeWire implements Wire {
  writableLength = 0;
  readonly written: number[] = [];
  write(chunk: Buffer): void {
    this.writableLength += chunk.length;
    this.written.push(chunk.length);
  }
  cork(): void {
    // Everything is written at once.
  }
  uncork(): void {
    // Everything is written at once.
  }
}

function world() {
  const clock = new FakeClock();
  const viewers = new Viewers({
    clock,
    fact: () => undefined,
    allowed: async () => true,
    log: new QuietLog(),
  });
  const closed: string[] = [];
  const viewer = viewers.open({
    streamId: 'yard',
    protocol: 'mse',
    who: 'person:p',
    address: '',
    proof: undefined,
    close: (reason) => closed.push(reason),
  });
  const wire = new FakeWire();
  return { clock, viewer, wire, closed, outlet: new Outlet({ wire, clock, viewer }) };
}

const KIB = 1024;

test('a viewer that is given nothing to start with waits for a key frame', () => {
  const { outlet, wire, viewer } = world();
  outlet.begin([Buffer.alloc(10)], false);
  outlet.offer(Buffer.alloc(20), false);
  outlet.offer(Buffer.alloc(30), true);
  outlet.offer(Buffer.alloc(40), false);
  expect(wire.written).toEqual([10, 30, 40]);
  expect(viewer.bytes).toBe(80);
  expect(viewer.dropped).toBe(0);
});

test('the frames to start with do not count as being behind', () => {
  const { outlet, wire } = world();
  outlet.begin([Buffer.alloc(3000 * KIB)], true);
  outlet.offer(Buffer.alloc(20 * KIB), false);
  expect(wire.written).toHaveLength(2);
});

test('a stalled viewer keeps at most the bound, loses whole GOPs, then is closed as too slow', () => {
  const { outlet, wire, viewer, closed, clock } = world();
  outlet.begin([], true);
  const frame = Buffer.alloc(20 * KIB);
  for (let index = 0; index < 600 && closed.length === 0; index++) {
    outlet.offer(frame, index % 60 === 0);
    clock.advance(40);
  }
  expect(wire.writableLength).toBeLessThanOrEqual(1024 * KIB + frame.length);
  expect(viewer.dropped).toBeGreaterThan(100);
  expect(closed).toEqual(['too_slow']);
});

test('a viewer that drains again goes on at a key frame', () => {
  const { outlet, wire, closed, clock } = world();
  outlet.begin([], true);
  for (let index = 0; index < 60; index++) outlet.offer(Buffer.alloc(20 * KIB), index === 0);
  wire.writableLength = 0;
  const before = wire.written.length;
  clock.advance(100);
  outlet.offer(Buffer.alloc(1), false);
  outlet.offer(Buffer.alloc(2), true);
  outlet.offer(Buffer.alloc(3), false);
  expect(wire.written.slice(before)).toEqual([2, 3]);
  expect(closed).toEqual([]);
});
