/** The stretch of time that a track shows, UTC milliseconds. */
export interface Visible {
  readonly from: number;
  readonly to: number;
}

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** The narrowest and the widest that can be looked at. */
const NARROWEST = 10 * SECOND;
const WIDEST = 7 * DAY;

const between = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), most);

/** Wider (`factor` > 1) or narrower around `at`, which stays where it is. */
export function zoomed({ from, to }: Visible, factor: number, at: number): Visible {
  const span = between((to - from) * factor, NARROWEST, WIDEST);
  const share = (at - from) / (to - from);
  const start = Math.round(at - span * share);
  return { from: start, to: Math.round(start + span) };
}

/** Moved by milliseconds. */
export const moved = ({ from, to }: Visible, by: number): Visible => ({
  from: Math.round(from + by),
  to: Math.round(to + by),
});

/** `span` milliseconds with `at` in the middle. */
export const around = (at: number, span: number): Visible => ({
  from: Math.round(at - span / 2),
  to: Math.round(at + span / 2),
});

/** Share of the visible at which a moment stands: 0 is its beginning, 1 its end. */
export const shareOf = ({ from, to }: Visible, at: number): number => (at - from) / (to - from);

/** The moment at a share of the visible. */
export const momentAtShare = ({ from, to }: Visible, share: number): number => from + (to - from) * share;

/** Moved, if need be, so that `at` can be seen with some room before it and behind it. */
export function following(visible: Visible, at: number): Visible {
  const share = shareOf(visible, at);
  if (share >= 0 && share <= 0.9) return visible;
  return moved(visible, at - momentAtShare(visible, 0.2));
}

/**
 * What is asked of the server for a visible: blocks that stay the same while it is moved a little, so that the
 * same answer serves on.
 */
export function blockOf({ from, to }: Visible): Visible {
  const block = Math.max(HOUR, 2 ** Math.ceil(Math.log2(to - from)));
  return { from: Math.floor(from / block) * block, to: Math.ceil(to / block) * block };
}

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  DAY,
];

/** A mark of the scale. */
export interface Tick {
  readonly at: number;
  /** Midnight of the reader's day. */
  readonly day: boolean;
}

/** Marks at round local times, at most one for each `least` share of the visible. */
export function ticks(visible: Visible, least: number): { step: number; ticks: readonly Tick[] } {
  const step = STEPS.find((one) => one / (visible.to - visible.from) >= least) ?? DAY;
  const found: Tick[] = [];
  const midnight = new Date(visible.from);
  midnight.setHours(0, 0, 0, 0);
  // Day by day: days of changed clocks are 23 or 25 hours long.
  for (const day = midnight; day.getTime() < visible.to; day.setDate(day.getDate() + 1)) {
    const next = new Date(day);
    next.setDate(next.getDate() + 1);
    for (let at = day.getTime(); at < next.getTime(); at += step) {
      if (at >= visible.from && at <= visible.to) found.push({ at, day: at === day.getTime() });
    }
  }
  return { step, ticks: found };
}
