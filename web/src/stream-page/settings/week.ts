import type { WeeklySchedule } from '../../api/types.ts';

/** The days of a week in the order in which they are shown. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];
/** What of each day is chosen, as the interface writes it: `08:00-17:30`. */
export type Week = Readonly<Record<Day, readonly string[]>>;

/** Minutes of a day, the second not included. */
type Span = readonly [from: number, to: number];

const DAY_MINUTES = 1_440;
const SPAN = /^([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)$/;

export const NO_HOURS: Week = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const written = ([from, to]: Span): string => `${clock(from)}-${clock(to)}`;

function read(text: string): Span | undefined {
  const found = SPAN.exec(text.trim());
  if (!found) return undefined;
  const [from, to] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])];
  return from < to && to <= DAY_MINUTES ? [from, to] : undefined;
}

/** Spans in their order, those that touch as one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

const spansOf = (day: readonly string[]): readonly Span[] =>
  day.map(read).filter((span) => span !== undefined);

/** What was typed for a day, spans by comma; undefined when it cannot be read. */
export function dayOf(text: string): readonly string[] | undefined {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const spans = parts.map(read);
  if (spans.some((span) => span === undefined)) return undefined;
  return joined(spans.filter((span) => span !== undefined)).map(written);
}

/** How much of an hour of a day is chosen: 0 to 1. */
export function shareOfHour(day: readonly string[], hour: number): number {
  const [start, end] = [hour * 60, hour * 60 + 60];
  const minutes = spansOf(day).reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, start)),
    0,
  );
  return minutes / 60;
}

/** A day with an hour chosen or not, the rest as it was. */
export function withHour(day: readonly string[], hour: number, on: boolean): readonly string[] {
  const [start, end] = [hour * 60, hour * 60 + 60];
  const others = spansOf(day).flatMap(([from, to]): Span[] => [
    ...(from < start ? [[from, Math.min(to, start)] as const] : []),
    ...(to > end ? [[Math.max(from, end), to] as const] : []),
  ]);
  return joined(on ? [...others, [start, end] as const] : others).map(written);
}

/** The days of a schedule without its time zone. */
export const weekOf = (schedule: WeeklySchedule): Week =>
  Object.fromEntries(DAYS.map((day) => [day, schedule[day]])) as unknown as Week;

/** Hours of a week, all days together. */
export const hoursOf = (week: Week): number =>
  DAYS.reduce(
    (sum, day) => sum + spansOf(week[day]).reduce((minutes, [from, to]) => minutes + to - from, 0) / 60,
    0,
  );
