import { z } from 'zod';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

/** `08:00-17:30`, from the first minute to before the last; `22:00-24:00` ends with the day. */
const Span = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .refine((text) => text.slice(0, 5) < text.slice(6), 'must end after it begins; a night is two spans');
const Spans = z.array(Span).max(24).default([]);

function knownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Hours of the week by the clock on the wall of a place. */
export const WeeklySchedule = z
  .strictObject({
    time_zone: z.string().max(64).refine(knownZone, 'must be a time zone such as Europe/Berlin'),
    mon: Spans,
    tue: Spans,
    wed: Spans,
    thu: Spans,
    fri: Spans,
    sat: Spans,
    sun: Spans,
  })
  .describe('Hours of the week, as `08:00-17:30`, by the wall clock of the time zone.');
export type WeeklySchedule = z.infer<typeof WeeklySchedule>;

/** To make one costs a hundred times what to ask one does. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(timeZone, clock);
  return clock;
}

/**
 * Whether an instant (UTC ms) lies in the hours of a schedule. The wall clock decides: the hour that a change to summer
 * time skips is never, and the one that the change back repeats is both times.
 */
export function withinSchedule(schedule: WeeklySchedule, utc: number): boolean {
  const parts = clockOf(schedule.time_zone).formatToParts(utc);
  const of = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((part) => part.type === type)?.value ?? '';
  const day = of('weekday').toLowerCase() as Day;
  const time = `${of('hour')}:${of('minute')}`;
  return schedule[day].some((span) => span.slice(0, 5) <= time && time < span.slice(6));
}
