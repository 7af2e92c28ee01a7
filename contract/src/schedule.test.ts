import { describe, expect, test } from 'vitest';
import { WeeklySchedule, withinSchedule } from './schedule.ts';

const schedule = (time_zone: string, days: object): WeeklySchedule =>
  WeeklySchedule.parse({ time_zone, ...days });
const at = (text: string): number => Date.parse(text);

describe('a weekly schedule', () => {
  // 2026-01-05 is a Monday.
  test.each([
    ['2026-01-05T07:59:59.999Z', false],
    ['2026-01-05T08:00:00.000Z', true],
    ['2026-01-05T17:29:59.999Z', true],
    ['2026-01-05T17:30:00.000Z', false],
    ['2026-01-05T23:59:59.999Z', true],
    ['2026-01-06T00:00:00.000Z', false],
    ['2026-01-06T08:00:00.000Z', false],
  ])('%s: %s', (time, within) => {
    expect(withinSchedule(schedule('UTC', { mon: ['08:00-17:30', '22:00-24:00'] }), at(time))).toBe(within);
  });

  test('is meant by the clock on the wall, in winter and in summer', () => {
    const office = schedule('Europe/Berlin', { mon: ['08:00-17:00'] });
    expect(['2026-01-05T06:59Z', '2026-01-05T07:00Z'].map((t) => withinSchedule(office, at(t)))).toEqual([
      false,
      true,
    ]);
    expect(['2026-07-06T05:59Z', '2026-07-06T06:00Z'].map((t) => withinSchedule(office, at(t)))).toEqual([
      false,
      true,
    ]);
  });

  test('an hour that is skipped is never, one that is repeated is twice', () => {
    const night = schedule('Europe/Berlin', { sun: ['02:00-03:00'] });
    const minutes = (from: string): number =>
      Array.from({ length: 240 }, (_, i) => withinSchedule(night, at(from) + i * 60_000)).filter(Boolean)
        .length;
    // 2026-03-29: 02:00 to 03:00 does not exist. 2026-10-25: it is there twice.
    expect(minutes('2026-03-29T00:00Z')).toBe(0);
    expect(minutes('2026-10-24T23:00Z')).toBe(120);
  });

  test.each([
    [{ time_zone: 'Mars/Olympus' }],
    [{ time_zone: 'UTC', mon: ['8-17'] }],
    [{ time_zone: 'UTC', mon: ['17:00-08:00'] }],
    [{ time_zone: 'UTC', mon: ['08:00-25:00'] }],
    [{ time_zone: 'UTC', monday: [] }],
    [{}],
  ])('%j is none', (text) => {
    expect(WeeklySchedule.safeParse(text).success).toBe(false);
  });
});
