import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSegment, readDescription } from './description.ts';
import { segmentName, segmentStart } from './segment-name.ts';

describe('the name of a segment', () => {
  it.each([
    [Date.UTC(2026, 0, 2, 3, 4, 5, 999), 0, '2026-01-02_03-04-05.mp4'],
    [Date.UTC(2026, 11, 31, 23, 59, 59), 1, '2026-12-31_23-59-59_1.mp4'],
    [Date.UTC(2028, 1, 29), 999, '2028-02-29_00-00-00_999.mp4'],
  ])('%i %i %s', (utc, again, name) => {
    expect(segmentName(utc, again)).toBe(name);
    expect(segmentStart(name)).toBe(Math.floor(utc / 1000) * 1000);
  });

  it.each([
    [0, 'custom-recording.mp4', '2026-01-02_03-04-05__custom-recording.mp4'],
    [2, '12345.mp4', '2026-01-02_03-04-05_2__12345.mp4'],
    [0, 'a_b.c.mp4', '2026-01-02_03-04-05__a_b.c.mp4'],
  ])('%i with the label %s', (again, label, name) => {
    const utc = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(segmentName(utc, again, label)).toBe(name);
    expect(segmentStart(name)).toBe(utc);
  });

  it.each(['America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'])(
    'quirk 57: is of UTC in %s, also where an hour comes twice or never',
    (zone) => {
      const before = process.env['TZ'];
      process.env['TZ'] = zone;
      try {
        // The nights in which summer time ends in 2026, north and south, and Samoa's missing day.
        for (const day of [Date.UTC(2026, 10, 1), Date.UTC(2026, 3, 5), Date.UTC(2011, 11, 30)]) {
          const names = Array.from({ length: 48 }, (_, half) => segmentName(day + half * 1_800_000, 0));
          expect(names).toEqual(names.toSorted());
          expect(new Set(names).size).toBe(48);
          expect(names.map(segmentStart)).toEqual(names.map((_, half) => day + half * 1_800_000));
        }
      } finally {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      }
    },
  );

  it('gives the second back for every moment until the year 9999', () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59) });
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 1000 }), (utc, again) => {
        expect(segmentStart(segmentName(utc, again))).toBe(Math.floor(utc / 1000) * 1000);
      }),
    );
  });

  it.each([
    '',
    'x.mp4',
    '2026-01-02_03-04-05.mp4 ',
    ' 2026-01-02_03-04-05.mp4',
    '2026-01-02_03-04-05.mp4.tmp',
    '2026-01-02_03-04-05_.mp4',
    '2026-01-02_03-04-05_12345.mp4',
    '2026-01-02_03-04-05__.mp4',
    '2026-01-02_03-04-05__../x.mp4',
    '2026-01-02_03-04-05__.hidden.mp4',
    '2026-01-02_03-04-05__a b.mp4',
    '2026-01-02_03-04-05__x.mkv',
    '2026-00-02_03-04-05.mp4',
    '2026-02-30_03-04-05.mp4',
    '2026-01-02_24-00-00.mp4',
    '2026-01-02_03-60-05.mp4',
    '2026-01-02_03-04-60.mp4',
    '0026-01-02_03-04-05.mp4',
    '../2026-01-02_03-04-05.mp4',
    '2026-01-02_03-04-05.mp4/x',
    '2026-01-02_03-04-05\n.mp4',
  ])('%j is none', (name) => expect(segmentStart(name)).toBeUndefined());
});

describe('the description of a segment', () => {
  it('comes back as it was given', () => {
    const about = fc.record(
      {
        streamId: fc.string(),
        utc: fc.integer({ min: 0, max: 4e12 }),
        streamTime: fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0),
        trackId: fc.integer({ min: 1, max: 9 }),
        covered: fc.constant(true),
      },
      { requiredKeys: ['streamId', 'utc', 'streamTime', 'trackId'] },
    );
    fc.assert(
      fc.property(about, (given) => {
        expect(readDescription(describeSegment(given))).toEqual(given);
      }),
    );
  });

  const good = JSON.parse(
    describeSegment({ streamId: 'cam', utc: 0, streamTime: 1, trackId: 1 }).toString(),
  ) as Record<string, unknown>;

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another format', { ...good, format: 'other' }],
    ['no time', { ...good, start: 'yesterday' }],
    ['no stream', { ...good, stream_id: 7 }],
    ['no stream time', { ...good, stream_time: '1' }],
    ['no track', { ...good, track_id: null }],
  ])('is not read from %s', (_what, value) => {
    expect(
      readDescription(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))),
    ).toBeUndefined();
  });
});
