import { describe, expect, it } from 'vitest';
import { parseTimeRange } from './time-range.ts';

const T = Date.UTC(2026, 0, 2, 3, 4, 5);
const parse = (query: string) => parseTimeRange(new URLSearchParams(query));

describe('a time range', () => {
  it.each([
    ['start=2026-01-02T03:04:05Z&end=2026-01-02T03:04:06Z', T, T + 1000],
    ['start=2026-01-02T03:04:05.250Z&end=2026-01-02T03:05Z', T + 250, T + 55_000],
    ['start=2026-01-02T05:04:05%2B02:00&end=2026-01-02T05:04:06+02:00', T, T + 1000],
    ['start=2026-01-01T22:34:05-04:30&end=2026-01-02T03:04:06Z', T, T + 1000],
    ['start=2026-01-02T03:04:05Z&end=2026-01-03T03:04:05Z', T, T + 86_400_000],
  ])('%s', (query, start, end) => expect(parse(query)).toEqual({ start, end }));

  it.each([
    ['', 'one start is needed'],
    ['start=2026-01-02T03:04:05Z', 'one end is needed'],
    ['start=2026-01-02T03:04:05Z&start=2026-01-02T03:04:05Z&end=2026-01-02T03:04:06Z', 'one start'],
    ['start=2026-01-02T03:04:05&end=2026-01-02T03:04:06Z', 'start is no time'],
    ['start=2026-01-02&end=2026-01-03', 'start is no time'],
    ['start=2026-13-02T03:04:05Z&end=2026-01-02T03:04:06Z', 'start is no time'],
    ['start=1767322800&end=1767322801', 'start is no time'],
    ['start=2026-01-02T03:04:05Z&end=tomorrow', 'end is no time'],
    ['start=2026-01-02T03:04:05Z&end=2026-01-02T03:04:05Z', 'end must be after start'],
    ['start=2026-01-02T03:04:05Z&end=2026-01-02T03:04:04Z', 'end must be after start'],
    ['start=2026-01-02T03:04:05Z&end=2026-01-03T03:04:05.001Z', '24 hours'],
  ])('%s is refused', (query, why) => expect(() => parse(query)).toThrow(why));
});
