import type { EventPlaylist, PlaylistMap, PlaylistSegment, VodPlaylist } from '@nightjar/media/hls';
import { PlaybackRefusal } from './refusal.ts';
import { hiddenTracks, type Segment, ticksOf, utcOf } from './segment.ts';
import { FOR_BROWSERS } from './serve-footage.ts';
import type { TimeRange } from './time-range.ts';

/** Seconds: groups of pictures are put together up to this. */
const TARGET = 6;

/**
 * The range as a playlist of byte ranges of the recorded files: from the key frame at or before its start to
 * the first key frame at or behind its end. The time of each file begins at 0; gaps show in the dates alone. Files
 * that browsers cannot play are left out. Throws PlaybackRefusal 422 when there are no others.
 */
export function vodPlaylist(segments: readonly Segment[], range: TimeRange): VodPlaylist {
  const playable = segments.filter((segment) => !hiddenTracks(segment).has(segment.lead.id));
  if (playable.length === 0) throw unplayable(segments);
  const all = playable.flatMap((segment, i) => {
    const [first, ...others] = pieces(segment, range);
    return first ? [i === 0 ? first : { ...first, discontinuity: true }, ...others] : [];
  });
  return { kind: 'vod', segments: all };
}

/**
 * The same from a fixed start up to what is recorded by now, to be asked for again: what was listed stays, and
 * the piece that still grows is left out. Throws PlaybackRefusal.
 */
export function eventPlaylist(segments: readonly Segment[], range: TimeRange): EventPlaylist {
  const { segments: all } = vodPlaylist(segments, range);
  const growing = segments.at(-1)?.closed === false;
  return { kind: 'event', targetDuration: TARGET, segments: growing ? all.slice(0, -1) : all };
}

function pieces(segment: Segment, range: TimeRange): PlaylistSegment[] {
  const uri = `footage/${segment.name}`;
  const map: PlaylistMap = {
    uri: hiddenTracks(segment).size > 0 ? `${uri}?${FOR_BROWSERS}` : uri,
    byteRange: { offset: 0, length: segment.file.initEnd },
  };
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
