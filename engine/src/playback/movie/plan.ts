import { sameFormat } from '@nightjar/media/codecs';
import type { Mp4Track } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import { PlaybackRefusal } from '../refusal.ts';
import { type Segment, utcOf } from '../segment.ts';
import type { TimeRange } from '../time-range.ts';

/** What becomes of time without footage: it stays as long as it was, or the next footage follows at once. */
export type Gaps = 'keep' | 'skip';

/** Throws PlaybackRefusal 400; `skip` when nothing is said. */
export function parseGaps(query: URLSearchParams): Gaps {
  const value = query.get('gaps') ?? 'skip';
  if (value !== 'keep' && value !== 'skip') throw new PlaybackRefusal(400, 'gaps is keep or skip');
  return value;
}

/**
 * The tracks of a movie out of several files. Throws PlaybackRefusal 409 when a track changes its format on the
 * way: one decoder configuration holds for all of a movie. Its `cut_at` says where: the range up to it and the
 * range from it on are not refused for this change.
 */
export function movieTracks(segments: readonly Segment[]): Track[] {
  const tracks = new Map<number, Track>();
  for (const segment of segments) {
    if (!joins(segment, tracks) || segment.lead.id !== segments[0]!.lead.id || !tracks.has(segment.lead.id))
      throw formatChange(segment);
  }
  return [...tracks.values()].sort((a, b) => a.id - b.id);
}

/** Takes up the tracks of a file; false when one of them has another format than before. */
function joins({ file }: Segment, tracks: Map<number, Track>): boolean {
  for (const track of file.tracks) {
    const made = playable(track);
    if (!made) continue;
    const known = tracks.get(made.id);
    if (!known) tracks.set(made.id, made);
    else if (!sameFormat(known.format, made.format)) return false;
  }
  return true;
}

/**
 * The files that a movie of a range is made of. Of files of different formats that overlap, the one that began
 * later holds from its beginning on; one that holds nothing of the range any more is left out.
 */
export function heldFiles(segments: readonly Segment[], { start }: TimeRange): readonly Segment[] {
  // Moments are told in whole milliseconds.
  const later = segments.findLastIndex(({ utc }) => utc < start + 1);
  return segments.filter((segment, i) => i >= later || agree(segment, segments[later]!));
}

const agree = (a: Segment, b: Segment): boolean => {
  const tracks = new Map<number, Track>();
  return joins(a, tracks) && joins(b, tracks) && a.lead.id === b.lead.id;
};

/** Files that follow each other closer than this, in seconds, have no gap between them. */
const NO_GAP = 0.5;
/** Seconds by which the wall clock may differ from the media clock within one run of the engine. */
const CLOCKS_AGREE = 10;

/** Seconds of the movie at which a file's time is 0, given that of the file before, and the movie's end so far. */
export function zeroAfter({
  segment,
  before,
  zero,
  end,
  gaps,
}: {
  segment: Segment;
  before: Segment;
  zero: number;
  end: number;
  gaps: Gaps;
}): number {
  const wall = (segment.utc - before.utc) / 1000;
  const media = segment.streamTime - before.streamTime;
  // The media clock goes on over files, and is exact; behind a gap, or another start of the engine, the wall
  // clock is what counts.
  const seamless = Math.abs(zero + media - end) < NO_GAP && Math.abs(media - wall) < CLOCKS_AGREE;
  const natural = zero + (seamless ? media : wall);
  return seamless || gaps === 'keep' || natural - end < NO_GAP ? Math.max(natural, end) : end;
}

/** Milliseconds a movie of the range lasts. */
export function movieDuration(segments: readonly Segment[], range: TimeRange, gaps: Gaps): number {
  const parts = segments.map((segment) => ({
    start: Math.max(range.start, segment.utc),
    end: Math.min(range.end, utcOf(segment, segment.end)),
  }));
  if (gaps === 'keep') return Math.round(parts.at(-1)!.end - parts[0]!.start);
  return Math.round(parts.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0));
}

function playable({ id, kind, timescale, format }: Mp4Track): Track | undefined {
  if (!format || kind === 'other' || format.clockRate !== timescale) return undefined;
  return { id, kind, format };
}

function formatChange({ utc }: Segment): PlaybackRefusal {
  const at = new Date(utc).toISOString();
  const words = `the format changes at ${at}: ask for what is before and after it apart`;
  return new PlaybackRefusal(409, words, { cut_at: at });
}
