import type { DayOfFootage } from './limits-store.ts';

const DAY_MS = 86_400_000;
/** Days that are looked ahead. */
const HORIZON = 3_650;
/** Days after midnight in which a stream that wrote yesterday is taken to go on. */
const SOON = 2 / 24;

interface Situation {
  /** UTC milliseconds. */
  now: number;
  footage: readonly DayOfFootage[];
  /** Bytes a stream has written in the last day, or in a day at the pace of the time since it began. */
  rates: ReadonlyMap<string, number>;
  /** Days the footage of a stream is kept. */
  days: (streamId: string) => number;
  /** Bytes that may still be written before a limit or the disk's floor is reached. */
  room: number;
}

/** What will become of the room for footage. */
export interface Forecast {
  bytesPerDay: number;
  /** Days until the oldest footage must go before its time; null: what grows old makes room in time. */
  fullInDays: number | null;
}

/**
 * Goes through the coming days: each brings what the cameras write, and takes what is old enough. Protected footage
 * stays. To a tenth of a day in the first month, a day beyond.
 */
export function forecastOf({ now, footage, rates, days, room }: Situation): Forecast {
  const bytesPerDay = [...rates.values()].reduce((sum, rate) => sum + rate, 0);
  if (bytesPerDay === 0) return { bytesPerDay, fullInDays: null };
  const expires = footage
    .filter((each) => !each.protected)
    .map(({ streamId, day, bytes }) => ({
      bytes,
      in: (Date.parse(day) + DAY_MS / 2 - now) / DAY_MS + days(streamId),
    }));
  const kept = [...rates].map(([streamId, rate]) => ({ rate, days: days(streamId) }));
  for (let at = 0.1; at <= HORIZON; at += at < 30 ? 0.1 : 1) {
    const written = kept.reduce((sum, each) => sum + each.rate * Math.min(at, each.days), 0);
    const freed = expires.reduce((sum, each) => sum + (each.in <= at ? each.bytes : 0), 0);
    if (written - freed > room) return { bytesPerDay, fullInDays: Math.round(at * 10) / 10 };
    // Beyond the longest days nothing changes any more.
    if (kept.every((each) => each.days < at) && expires.every((each) => each.in <= at)) break;
  }
  return { bytesPerDay, fullInDays: null };
}

/** What each stream writes in a day, by its footage of the last two days (UTC). */
export function ratesOf(footage: readonly DayOfFootage[], now: number): Map<string, number> {
  const today = new Date(now).toISOString().slice(0, 10);
  const yesterday = new Date(now - DAY_MS).toISOString().slice(0, 10);
  const sinceMidnight = (now - Date.parse(today)) / DAY_MS;
  const rates = new Map<string, number>();
  for (const streamId of new Set(footage.map((each) => each.streamId))) {
    const of = (day: string): number =>
      footage
        .filter((each) => each.streamId === streamId && each.day === day)
        .reduce((sum, { bytes }) => sum + bytes, 0);
    const [before, now] = [of(yesterday), of(today)];
    // Of a stream that began today, the hours since then are not known: midnight is the cautious guess.
    const span = before > 0 ? 1 + sinceMidnight : Math.max(sinceMidnight, 1 / 24);
    // A file counts for the day on which it began: soon after midnight there may be none of today yet.
    const goesOn = now > 0 || (before > 0 && sinceMidnight < SOON);
    if (goesOn) rates.set(streamId, (before + now) / span);
  }
  return rates;
}
