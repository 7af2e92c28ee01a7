import type { QuietHours } from '@nightjar/contract/platform';
import type { z } from 'zod';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Day of the week and minute of the day in a time zone. */
function localTime(utc: number, timeZone: string): { day: number; minute: number } {
  const options = {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const;
  const parts = new Intl.DateTimeFormat('en-US', options).formatToParts(utc);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return { day: DAYS.indexOf(of('weekday')), minute: Number(of('hour')) * 60 + Number(of('minute')) };
}

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Whether nobody is to be told at a time (UTC ms). Hours that go over midnight are of the day they begin on. */
export function isQuiet(hours: z.infer<typeof QuietHours> | null, utc: number): boolean {
  if (hours === null) return false;
  const { day, minute } = localTime(utc, hours.time_zone);
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
  if (from < to) return hours.days.includes(day) && minute >= from && minute < to;
  const begun = hours.days.includes(day) && minute >= from;
  const goesOn = hours.days.includes((day + 6) % 7) && minute < to;
  return begun || goesOn;
}
