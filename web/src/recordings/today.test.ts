import { expect, it } from 'vitest';
import { dayValue, endOfDay, parseDay, startOfDay } from './today.ts';

it('is midnight of the local day, whatever the hour', () => {
  const midnight = new Date(2026, 2, 29).getTime();
  for (const hour of [0, 3, 12, 23]) {
    expect(startOfDay(new Date(2026, 2, 29, hour, 59, 59, 999)).getTime()).toBe(midnight);
  }
});

it('ends with the midnight after it, on the days of changed clocks too', () => {
  for (const [month, day] of [
    [2, 29],
    [9, 25],
    [11, 31],
  ] as const) {
    expect(endOfDay(new Date(2026, month, day))).toEqual(new Date(2026, month, day + 1));
  }
});

it('is written and read as a date field does', () => {
  expect(dayValue(new Date(2026, 0, 5))).toBe('2026-01-05');
  expect(parseDay('2026-01-05')).toEqual(new Date(2026, 0, 5));
  for (const nonsense of ['', '2026-02-30', '2026-1-5', 'today', '2026-01-05T00:00']) {
    expect(parseDay(nonsense), nonsense).toBeUndefined();
  }
});
