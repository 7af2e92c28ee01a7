import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  around,
  blockOf,
  DAY,
  following,
  HOUR,
  MINUTE,
  momentAtShare,
  moved,
  SECOND,
  shareOf,
  ticks,
  zoomed,
} from './visible.ts';

const NOON = new Date(2026, 5, 15, 12).getTime();

describe('zoomed', () => {
  it('keeps the moment where it is, within its bounds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 10 * SECOND, max: 7 * DAY }),
        (factor, share, span) => {
          const before = around(NOON, span);
          const at = momentAtShare(before, share);
          const after = zoomed(before, factor, at);
          expect(after.to - after.from).toBeGreaterThanOrEqual(10 * SECOND - 2);
          expect(after.to - after.from).toBeLessThanOrEqual(7 * DAY + 2);
          expect(shareOf(after, at)).toBeCloseTo(shareOf(before, at), 2);
        },
      ),
    );
  });
});

describe('following', () => {
  const visible = { from: NOON, to: NOON + HOUR };
  it.each([
    ['inside', NOON + MINUTE, visible],
    ['behind it', NOON + 2 * HOUR, moved(visible, HOUR + 48 * MINUTE)],
    ['before it', NOON - HOUR, moved(visible, -HOUR - 12 * MINUTE)],
  ])('%s', (_, at, expected) => expect(following(visible, at)).toEqual(expected));
});

it('a visible moved a little asks for the same block', () => {
  const visible = around(NOON, 40 * MINUTE);
  expect(blockOf(moved(visible, 10 * SECOND))).toEqual(blockOf(visible));
  for (const span of [MINUTE, HOUR, DAY, 7 * DAY]) {
    const { from, to } = blockOf(around(NOON, span));
    expect(from).toBeLessThanOrEqual(NOON - span / 2);
    expect(to).toBeGreaterThanOrEqual(NOON + span / 2);
    expect(to - from).toBeLessThanOrEqual(31 * DAY);
  }
});

describe('ticks', () => {
  it.each([
    [DAY, 0.08, 2 * HOUR],
    [HOUR, 0.08, 5 * MINUTE],
    [MINUTE, 0.08, 5 * SECOND],
    [7 * DAY, 0.08, DAY],
  ])('of %d ms', (span, least, step) => {
    const visible = around(NOON, span);
    const scale = ticks(visible, least);
    expect(scale.step).toBe(step);
    expect(scale.ticks.length).toBeGreaterThan(5);
    expect(scale.ticks.length).toBeLessThanOrEqual(1 / least + 1);
    expect(scale.ticks.every(({ at }) => at >= visible.from && at <= visible.to)).toBe(true);
  });

  it('names the midnights of the reader', () => {
    const days = ticks(around(NOON, 2 * DAY), 0.05).ticks.filter(({ day }) => day);
    expect(days.map(({ at }) => new Date(at).getHours())).toEqual(days.map(() => 0));
    expect(days.length).toBeGreaterThanOrEqual(2);
  });
});
