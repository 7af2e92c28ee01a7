import { PlaybackRefusal } from './refusal.ts';

/** `[start, end)` in UTC milliseconds. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** The longest range one answer covers. */
export const MAX_RANGE_MS = 24 * 3_600_000;

/** An instant with its offset (RFC 3339 5.6); what has no offset would mean another moment in each time zone. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** The range that `start` and `end` of a query name. Throws PlaybackRefusal 400. */
export function parseTimeRange(query: URLSearchParams): TimeRange {
  const start = instant(query, 'start');
  const end = instant(query, 'end');
  if (end <= start) throw new PlaybackRefusal(400, 'end must be after start');
  if (end - start > MAX_RANGE_MS) throw new PlaybackRefusal(400, 'at most 24 hours at a time');
  return { start, end };
}

/** The range from `start` to now that a growing playlist covers. Throws PlaybackRefusal 400. */
export function parseGrowing(query: URLSearchParams, now: number): TimeRange {
  const start = instant(query, 'start');
  if (start >= now) throw new PlaybackRefusal(400, 'start must lie in the past');
  if (now - start > MAX_RANGE_MS) throw new PlaybackRefusal(400, 'at most 24 hours at a time');
  return { start, end: now };
}

/** An instant that a query names, in UTC milliseconds. Throws PlaybackRefusal 400. */
export function instant(query: URLSearchParams, name: string): number {
  const values = query.getAll(name);
  if (values.length !== 1) throw new PlaybackRefusal(400, `one ${name} is needed, as 2026-01-02T03:04:05Z`);
  // In a query a plus that was not escaped is read as a space.
  const text = values[0]!.replace(' ', '+');
  const utc = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(utc)) throw new PlaybackRefusal(400, `${name} is no time such as 2026-01-02T03:04:05Z`);
  return utc;
}
