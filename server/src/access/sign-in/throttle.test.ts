import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { type Place, Throttle } from './throttle.ts';

const at = (address: string, over: Partial<Place> = {}): Place => ({ address, known: false, ...over });

describe('the throttle', () => {
  test('five guesses are free, then waits double up to a minute, and a quarter of an hour forgets', () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    const waits: number[] = [];
    for (let n = 0; n < 13; n++) {
      throttle.failed('admin', at('10.0.0.1'));
      const wait = throttle.wait('admin', at('10.0.0.1'));
      waits.push(wait);
      clock.advance(wait * 1000);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(throttle.wait('admin', at('10.0.0.2'))).toBe(0);
    clock.advance(15 * 60_000);
    throttle.failed('admin', at('10.0.0.1'));
    expect(throttle.wait('admin', at('10.0.0.1'))).toBe(0);
  });

  test('one address that tries many names waits', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 20; n++) throttle.failed(`name-${n}`, at('10.0.0.1'));
    expect(throttle.wait('fresh', at('10.0.0.1'))).toBe(1);
  });

  test('a name that is tried from many addresses waits everywhere but where its owner may be', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 200; n++) throttle.failed('admin', at(`10.0.1.${n}`));
    const fresh = at('10.0.2.1');
    expect(throttle.isFresh('admin', fresh)).toBe(true);
    expect(throttle.wait('admin', fresh)).toBe(0);
    throttle.failed('admin', fresh);
    expect(throttle.isFresh('admin', fresh)).toBe(false);
    expect(throttle.wait('admin', fresh)).toBe(60);
    expect(throttle.wait('admin', at('10.0.1.7', { known: true }))).toBe(0);
  });

  test('whoever guesses from the address of the owner does not keep a known device out', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 200; n++) throttle.failed('admin', at('10.0.0.1'));
    expect(throttle.wait('admin', at('10.0.0.1', { known: true }))).toBe(60);
    expect(throttle.wait('other', at('10.0.0.1'))).toBe(60);
    expect(throttle.wait('other', at('10.0.0.1', { known: true }))).toBe(0);
    const device = at('10.0.0.1', { device: 'd' });
    expect(throttle.wait('admin', device)).toBe(0);
    for (let n = 0; n < 10; n++) throttle.failed('admin', device);
    expect(throttle.wait('admin', device)).toBe(1);
    throttle.succeeded('admin', device);
    expect(throttle.wait('admin', device)).toBe(0);
  });

  test('a network of IPv6 is one address', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 5; n++) throttle.failed('admin', at(`2001:db8:1:2::${n}`));
    expect(throttle.wait('admin', at('2001:db8:1:2:ffff:1:2:3'))).toBe(1);
    expect(throttle.wait('admin', at('2001:db8:1:3::1'))).toBe(0);
    for (let n = 0; n < 5; n++) throttle.failed('admin', at('::ffff:10.0.0.1'));
    expect(throttle.wait('admin', at('::ffff:10.0.0.2'))).toBe(0);
  });

  test('forgets the oldest before it grows without end', () => {
    const throttle = new Throttle(new FakeClock());
    for (let n = 0; n < 5; n++) throttle.failed('first', at('10.0.0.1'));
    expect(throttle.wait('first', at('10.0.0.1'))).toBe(1);
    for (let n = 0; n < 10_000; n++) throttle.failed(`n${n}`, at(`a${n}`));
    expect(throttle.wait('first', at('10.0.0.1'))).toBe(0);
  });
});
