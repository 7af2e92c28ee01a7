import { t } from './index.ts';

const number = (value: number, digits: number): string =>
  new Intl.NumberFormat(t.locale, { maximumFractionDigits: digits }).format(value);

function scaled(value: number, units: readonly string[]): string {
  let index = 0;
  let rest = value;
  // 999.95 would round to 1,000.0 of the smaller unit.
  while (rest >= 999.5 && index < units.length - 1) {
    rest /= 1000;
    index += 1;
  }
  const digits = index === 0 || rest >= 99.95 ? 0 : 1;
  return `${number(rest, digits)} ${units[index]}`;
}

/** Bytes in decimal units, as disks are sold: `1.5 GB`. */
export const formatBytes = (bytes: number): string => scaled(bytes, t.unit.bytes);

/** Bit/s in decimal units: `4.1 Mbit/s`. */
export const formatBitrate = (bitsPerSecond: number): string => scaled(bitsPerSecond, t.unit.bits);

/** `1920x1080` as `1920 × 1080`; anything else as it is. */
export const formatResolution = (resolution: string): string =>
  resolution.replace(/^(\d+)x(\d+)$/, '$1 × $2');

/** Frames per second with at most one digit behind the point. */
export const formatFramerate = (fps: number): string => t.stream.fps(number(fps, 1));

/** Packets lost with their share of all packets. */
export function formatLoss(received: number, lost: number): string {
  const all = received + lost;
  if (lost <= 0) return number(0, 0);
  const percent = new Intl.NumberFormat(t.locale, { style: 'percent', maximumFractionDigits: 2 });
  const share = lost / all;
  const least = 0.0001;
  return t.stream.lossValue(
    number(lost, 0),
    `${share < least ? '< ' : ''}${percent.format(Math.max(share, least))}`,
  );
}

/** Seconds in the two largest units. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return t.unit.duration(Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60);
}

/** Seconds with one digit, always shown: `0.9`. */
export const formatSeconds = (seconds: number): string =>
  new Intl.NumberFormat(t.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(seconds);

/** The reader's local time; with the date when it is not the day of `now`. */
export function formatTime(iso: string, now: Date): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const sameDay = time.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(t.locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(sameDay ? {} : { year: 'numeric', month: 'short', day: 'numeric' }),
  }).format(time);
}

const clockTime = new Intl.DateTimeFormat(t.locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const minuteTime = new Intl.DateTimeFormat(t.locale, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayTime = new Intl.DateTimeFormat(t.locale, { weekday: 'short', month: 'short', day: 'numeric' });

/** The reader's time of day of a moment in UTC milliseconds: `17:05:09`. */
export const formatClock = (at: number): string => clockTime.format(at);

/** The reader's day of a moment in UTC milliseconds. */
export const formatDay = (at: number): string => dayTime.format(at);

/** A mark of a scale with so many milliseconds between two: as fine as they are apart. */
export function formatMark(at: number, step: number, day: boolean): string {
  if (day) return formatDay(at);
  return step < 60_000 ? formatClock(at) : minuteTime.format(at);
}
