import { describe, expect, test } from 'vitest';
import { forecastOf, ratesOf } from './forecast.ts';
import type { DayOfFootage } from './limits-store.ts';

const NOW = Date.parse('2026-01-20T12:00:00Z');
const GB = 1e9;
const day = (streamId: string, date: string, bytes: number, kept = false): DayOfFootage => ({
  ...{ streamId, day: date, bytes },
  protected: kept,
});
type Situation = Parameters<typeof forecastOf>[0];
const situation = (over: Partial<Situation>): Situation => ({
  ...{ now: NOW, footage: [], rates: new Map([['yard', GB]]), days: () => 30, room: 10 * GB },
  ...over,
});

describe('the forecast', () => {
  test.each<[string, Partial<Situation>, number | null]>([
    ['nothing is recorded', { rates: new Map<string, number>() }, null],
    ['room for ten days, kept for thirty', {}, 10.1],
    [
      'two cameras',
      {
        rates: new Map([
          ['yard', GB],
          ['door', GB],
        ]),
      },
      5.1,
    ],
    ['kept for a shorter time than there is room', { days: () => 5 }, null],
    ['no room at all', { room: 0 }, 0.1],
    [
      'what grows old makes room in time',
      {
        room: GB / 2,
        days: () => 3,
        footage: ['17', '18', '19'].map((d) => day('yard', `2026-01-${d}`, GB)),
      },
      null,
    ],
    [
      'what is protected makes none',
      {
        room: GB / 2,
        days: () => 3,
        footage: ['17', '18', '19'].map((d) => day('yard', `2026-01-${d}`, GB, true)),
      },
      0.6,
    ],
  ])('%s', (_what, over, expected) => {
    expect(forecastOf(situation(over)).fullInDays).toBe(expected);
  });

  test('takes the pace of the last two days, of those that still record', () => {
    const footage = [
      day('yard', '2026-01-19', 2 * GB),
      day('yard', '2026-01-20', GB),
      day('door', '2026-01-19', GB),
      day('shed', '2026-01-20', GB),
    ];
    expect(ratesOf(footage, NOW)).toEqual(
      new Map([
        ['yard', 2 * GB],
        ['shed', 2 * GB],
      ]),
    );
  });

  test('soon after midnight, when no file of today has begun, goes on from that of yesterday', () => {
    const midnight = Date.parse('2026-01-20T00:00:00Z');
    const footage = [day('yard', '2026-01-19', GB)];
    const soon = ratesOf(footage, midnight + 28 * 60_000).get('yard')!;
    expect(soon / GB).toBeCloseTo(1 / (1 + 28 / 1440), 5);
    expect(ratesOf(footage, midnight + 2 * 3_600_000)).toEqual(new Map());
  });
});
