import type { PlaylistSegment } from '@nightjar/media/hls';

export type Kind = 'video' | 'audio';

/** Where the frames of a segment lie in footage: the fragments of its track for which all of it holds. */
export interface Where {
  /** UTC milliseconds of its beginning. */
  readonly utc: number;
  /** Seconds. */
  readonly duration: number;
  /** Decode times `[from, to)` in ticks of the stream's media clock. */
  readonly from: number;
  readonly to: number;
  readonly clockRate: number;
  /** The one file that holds it, and the bytes `[start, end)` of it. */
  readonly file?: { readonly name: string; readonly start: number; readonly end: number };
}

/** A segment of a live playlist that is in memory no more: its number, address and bounds are what they were. */
export interface Past extends PlaylistSegment {
  readonly msn: number;
  readonly where: Where;
  readonly programDateTime: number;
}

/** What stands in front of a window's own segments in a playlist. */
export interface PastView {
  readonly segments: readonly Past[];
  /** Of the first segment of the playlist. */
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  /** Whole seconds that none of the segments rounds above. */
  readonly targetDuration: number;
  /** The window's segment that does not continue what came before it. */
  readonly brokenAt: number | undefined;
}
