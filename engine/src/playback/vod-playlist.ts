import { sameFormat } from '@nightjar/media/codecs';
import type { EventPlaylist, PlaylistMap, PlaylistSegment, VodPlaylist } from '@nightjar/media/hls';
import type { Mp4Track } from '@nightjar/media/mp4';
import { PlaybackRefusal } from './refusal.ts';
import { hiddenTracks, type Segment, ticksOf, utcOf } from './segment.ts';
import { FOR_BROWSERS } from './serve-footage.ts';
import type { TimeRange } from './time-range.ts';

/** Seconds: groups of pictures are put together up to this. */
const TARGET = 6;

/**
 * The range as a playlist of byte ranges of the recorded files: from the key frame at or before its start to
 * the first key frame at or behind its end. The time of each file begins at 0; gaps show in the dates alone. Files
 * that browsers cannot play are left out. Files that are played alike have one head, that of the newest of them,
 * which is kept longest: a player that goes to another file asks for it once. Throws PlaybackRefusal 422 when there
 * is nothing that browsers play.
 */
export function vodPlaylist(segments: readonly Segment[], range: TimeRange): VodPlaylist {
  const playable = playableOf(segments);
  const heads: Segment[] = [];
  for (const segment of playable.toReversed()) {
    const behind = heads.at(-1);
    heads.push(behind && playedAlike(behind, segment) ? behind : segment);
  }
  heads.reverse();
  return { kind: 'vod', segments: listed(playable, range, (_, i) => heads[i]!) };
}

/**
 * The same from a fixed start up to what is recorded by now, to be asked for again: what was listed stays, and
 * the piece that still grows is left out. Throws PlaybackRefusal.
 */
export function eventPlaylist(segments: readonly Segment[], range: TimeRange): EventPlaylist {
  // The newest file is another one each time.
  const all = listed(playableOf(segments), range, (segment) => segment);
  const growing = segments.at(-1)?.closed === false;
  return { kind: 'event', targetDuration: TARGET, segments: growing ? all.slice(0, -1) : all };
}

/** Throws PlaybackRefusal 422. */
function playableOf(segments: readonly Segment[]): Segment[] {
  const playable = segments.filter((segment) => !hiddenTracks(segment).has(segment.lead.id));
  if (playable.length === 0) throw unplayable(segments);
  return playable;
}

/** `headOf`: the file whose head says how another is played. */
function listed(
  playable: readonly Segment[],
  range: TimeRange,
  headOf: (segment: Segment, index: number) => Segment,
): PlaylistSegment[] {
  return playable.flatMap((segment, i) => {
    const [first, ...others] = pieces(segment, range, mapOf(headOf(segment, i)));
    return first ? [i === 0 ? first : { ...first, discontinuity: true }, ...others] : [];
  });
}

function mapOf(segment: Segment): PlaylistMap {
  const uri = `footage/${segment.name}`;
  return {
    uri: hiddenTracks(segment).size > 0 ? `${uri}?${FOR_BROWSERS}` : uri,
    byteRange: { offset: 0, length: segment.file.initEnd },
  };
}

/** Whether the head of one says all that is needed for the fragments of the other. */
function playedAlike(a: Segment, b: Segment): boolean {
  if (a.covered !== b.covered || a.file.tracks.length !== b.file.tracks.length) return false;
  return a.file.tracks.every((track, i) => sameTrack(track, b.file.tracks[i]!));
}

function sameTrack(a: Mp4Track, b: Mp4Track): boolean {
  const { duration, size, flags } = a.defaults;
  const same = [a.id === b.id, a.timescale === b.timescale, a.sampleEntry === b.sampleEntry];
  same.push(duration === b.defaults.duration, size === b.defaults.size, flags === b.defaults.flags);
  return (
    same.every(Boolean) && a.format !== undefined && b.format !== undefined && sameFormat(a.format, b.format)
  );
}

function pieces(segment: Segment, range: TimeRange, map: PlaylistMap): PlaylistSegment[] {
  const uri = `footage/${segment.name}`;
  const cuts = cutsOf(segment, range);
  return cuts.slice(0, -1).map((cut, i) => {
    const next = cuts[i + 1]!;
    return {
      uri,
      map,
      parts: [],
      duration: (next.time - cut.time) / segment.lead.timescale,
      byteRange: { offset: cut.offset, length: next.offset - cut.offset },
      programDateTime: utcOf(segment, cut.time),
    };
  });
}

function unplayable(segments: readonly Segment[]): PlaybackRefusal {
  const names = new Set(segments.map(({ lead }) => lead.format?.codec.name ?? lead.sampleEntry));
  const text = `browsers cannot play ${[...names].join(' and ')}; download it as play.mp4 instead`;
  return new PlaybackRefusal(422, text);
}

/** Where the pieces begin, and where the last one ends. */
function cutsOf(segment: Segment, range: TimeRange): { time: number; offset: number }[] {
  const start = ticksOf(segment, range.start);
  const end = ticksOf(segment, range.end);
  const { points, wholeEnd } = segment;
  const entry = Math.max(
    0,
    points.findLastIndex(({ time }) => time <= start),
  );
  const exit = points.findIndex(({ time }, i) => i > entry && time >= end);
  const inside = points.slice(entry, exit < 0 ? undefined : exit);
  const after = exit < 0 ? undefined : points[exit];
  const last = after
    ? { time: after.time, offset: after.moofOffset }
    : { time: segment.end, offset: wholeEnd };
  const cuts: { time: number; offset: number }[] = [];
  for (const [i, { time, moofOffset }] of inside.entries()) {
    const next = inside[i + 1]?.time ?? last.time;
    const current = cuts.at(-1);
    const fits = current && next - current.time <= TARGET * segment.lead.timescale;
    if (!fits) cuts.push({ time, offset: moofOffset });
  }
  return last.time > cuts.at(-1)!.time ? [...cuts, last] : cuts;
}
