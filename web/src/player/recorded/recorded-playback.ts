import type { PlaybackFault } from '../playback.ts';

/** UTC milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a recorded file covers, from its begin for `duration` seconds; one that grows, up to now. */
export function spanOfFile(file: { began: string; duration: number; grows: boolean }, now: number): Span {
  const start = Date.parse(file.began);
  const end = start + Math.max(1000, Math.round(file.duration * 1000));
  return { start, end: file.grows ? Math.max(end, now) : end };
}

/** Footage of a span opened in a video element. */
export interface RecordedPlayback {
  /** The moment that is seen at a position of the element's time, in UTC milliseconds. */
  momentAt(position: number): number;
  /** The position at which a moment is seen; in a gap that of the next footage. */
  positionOf(moment: number): number;
  /** Releases the video element and every connection. Idempotent. */
  close(): void;
}

/** What a playback tells its owner. Nothing follows `onFault`. */
export interface RecordedEvents {
  onFault(fault: PlaybackFault): void;
  onAudio(hasAudio: boolean): void;
}

/** Resolves when it is known what lies where; rejects with a `PlaybackError`. */
export type OpenRecorded<Video> = (
  video: Video,
  span: Span,
  events: RecordedEvents,
) => Promise<RecordedPlayback>;

/** A stretch of continuous footage: seconds of the element's time, and the moment at which it begins. */
export interface Stretch {
  readonly position: number;
  readonly duration: number;
  readonly moment: number;
}

/** The moment seen at `position`: that of the last stretch that begins at or before it. */
export function momentAt(stretches: readonly Stretch[], position: number): number {
  const stretch = stretches.findLast((one) => one.position <= position) ?? stretches[0];
  return stretch ? stretch.moment + (position - stretch.position) * 1000 : 0;
}

/** The position at which `moment` is seen; in a gap that of the next stretch, behind all that of the end. */
export function positionOf(stretches: readonly Stretch[], moment: number): number {
  for (const { position, duration, moment: start } of stretches) {
    const into = (moment - start) / 1000;
    if (into < duration) return position + Math.max(0, into);
  }
  const last = stretches.at(-1);
  return last ? last.position + last.duration : 0;
}
