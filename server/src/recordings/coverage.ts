import type { Segment } from './segment.ts';

/** Why nothing was recorded. `unknown`: the file before ended in good order, or there is none. */
export type GapReason =
  | 'camera_lost'
  | 'stopped'
  | 'engine_killed'
  | 'shutdown'
  | 'storage'
  | 'format_changed'
  | 'unknown';

/** Seconds without footage; times ISO 8601 UTC with ms. */
export interface Gap {
  start: string;
  end: string;
  seconds: number;
  reason: GapReason;
}

export interface Coverage {
  /** Seconds of footage in the range. */
  recorded: number;
  /** Seconds of the range. */
  seconds: number;
  gaps: Gap[];
}

/** Seconds between two files that are no gap: the frame rate of a camera may waver. */
const SEAM = 0.5;

const REASONS: Readonly<Record<string, GapReason>> = {
  source_lost: 'camera_lost',
  stopped: 'stopped',
  killed: 'engine_killed',
  shutdown: 'shutdown',
  storage_failed: 'storage',
  format_changed: 'format_changed',
};

type Span = Pick<Segment, 'startAt' | 'endAt' | 'duration' | 'closeReason'>;

/**
 * What of `[from, to)` (UTC ms) `segments`, in order of their start, hold, and what is missing. The segment that
 * ended before `from`, when it is known, tells why the range begins without footage.
 */
export function coverageOf(segments: readonly Span[], { from, to }: { from: number; to: number }): Coverage {
  const gaps: Gap[] = [];
  let recorded = 0;
  let reached = from;
  let reason: GapReason = 'unknown';
  for (const segment of segments) {
    const start = Date.parse(segment.startAt);
    const end = segment.endAt === null ? start + segment.duration * 1000 : Date.parse(segment.endAt);
    if (start >= to) break;
    if (start - reached > SEAM * 1000) gaps.push(gap(reached, start, reason));
    recorded += Math.max(0, Math.min(end, to) - Math.max(start, reached));
    if (end > reached || end <= from) reason = REASONS[segment.closeReason ?? ''] ?? 'unknown';
    reached = Math.max(reached, end);
  }
  if (to - reached > SEAM * 1000) gaps.push(gap(reached, to, reason));
  return { recorded: recorded / 1000, seconds: (to - from) / 1000, gaps };
}

const gap = (start: number, end: number, reason: GapReason): Gap => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
  seconds: (end - start) / 1000,
  reason,
});
