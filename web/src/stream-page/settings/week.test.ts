import { describe, expect, it } from 'vitest';
import { dayOf, hoursOf, NO_HOURS, shareOfHour, withHour } from './week.ts';

describe('a typed day', () => {
  it.each([
    ['', []],
    ['08:00-17:30', ['08:00-17:30']],
    ['8:00 – 9:15', ['08:00-09:15']],
    ['20:00-24:00, 08:00-09:00', ['08:00-09:00', '20:00-24:00']],
    ['08:00-10:00,09:00-12:00', ['08:00-12:00']],
    ['17:00-08:00', undefined],
    ['08:00-24:30', undefined],
    ['all day', undefined],
    ['08:00', undefined],
  ])('%s', (text, expected) => expect(dayOf(text)).toEqual(expected));
});

describe('an hour', () => {
  it.each([
    [['08:00-17:30'], 8, 1],
    [['08:00-17:30'], 17, 0.5],
    [['08:00-17:30'], 18, 0],
    [['08:00-08:15', '08:45-09:00'], 8, 0.5],
  ])('of %j at %d is chosen by %d', (day, hour, share) => expect(shareOfHour(day, hour)).toBe(share));

  it.each([
    [[], 8, true, ['08:00-09:00']],
    [['08:00-09:00'], 9, true, ['08:00-10:00']],
    [['08:00-17:30'], 12, false, ['08:00-12:00', '13:00-17:30']],
    [['08:00-17:30'], 17, false, ['08:00-17:00']],
    [['08:10-08:20'], 8, true, ['08:00-09:00']],
    [['22:00-24:00'], 23, false, ['22:00-23:00']],
  ] as const)('%j with %d as %s', (day, hour, on, expected) =>
    expect(withHour(day, hour, on)).toEqual(expected),
  );
});

it('counts the hours of a week', () => {
  expect(hoursOf(NO_HOURS)).toBe(0);
  expect(hoursOf({ ...NO_HOURS, mon: ['08:00-17:30'], sun: ['00:00-24:00'] })).toBe(33.5);
});
