import { sameFormat } from '@nightjar/media/codecs';
import type { Mp4Track } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import type { Segment } from '../segment.ts';
import type { Kind, Where } from './past.ts';

/** Where footage ends and a window begins, by the track in question; times in ticks of the stream. */
export interface Seam {
  readonly utc: number;
  readonly start: number;
  readonly msn: number;
  readonly generation: number;
  readonly track: Track;
}

export type Seams = Partial<Record<Kind, Seam>>;

/** A piece of a file, cut at key frames. */
export interface Cut {
  readonly utc: number;
  /** Seconds. */
  readonly duration: number;
  /** It does not continue the piece before. */
  readonly discontinuity: boolean;
  /** What there is of each track, in the format of the file. */
  readonly tracks: Partial<Record<Kind, { readonly track: Track; readonly where: Where }>>;
}

/** Seconds: groups of pictures are put together up to this. */
export const PAST_TARGET = 4;
/** Seconds: what follows within them follows at once. */
const NO_GAP = 0.5;
/** Seconds by which the wall clock may differ from the media clock within one run of the engine. */
const CLOCKS_AGREE = 10;
/** Seconds of a growing file that may not be durable yet. */
const DURABLE_WITHIN = 15;

/** Ticks of the stream at which a file's track is at 0. */
export const baseOf = ({ streamTime }: Pick<Segment, 'streamTime'>, clockRate: number): number =>
  Math.round(streamTime * clockRate);

/** Whether the time of a file is that of the stream which shows `utc` at `seconds`. */
export function oneClock(
  { utc, streamTime }: Pick<Segment, 'utc' | 'streamTime'>,
  at: { utc: number; seconds: number },
): boolean {
  return Math.abs((at.utc - utc) / 1000 - (at.seconds - streamTime)) < CLOCKS_AGREE;
}

/**
 * The files, oldest first, as pieces up to where the window begins. Files that browsers do not play are left out.
 * `broken` when the window does not continue the last of them.
 */
export function cutFiles(files: readonly Segment[], seams: Seams): { cuts: Cut[]; broken: boolean } {
  const cuts: Cut[] = [];
  let before: { segment: Segment; tracks: Tracks } | undefined;
  for (const segment of files) {
    const tracks = tracksOf(segment, seams);
    if (!tracks[segment.lead.kind as Kind]) continue;
    const follows = before !== undefined && continues(before.segment, segment) && same(before.tracks, tracks);
    const pieces = cutFile(segment, tracks, seams);
    if (pieces.length === 0) continue;
    cuts.push(...pieces.map((piece, i) => (i === 0 ? { ...piece, discontinuity: !follows } : piece)));
    before = { segment, tracks };
  }
  return { cuts, broken: before === undefined || !meets(before.segment, before.tracks, seams) };
}

type Tracks = Partial<Record<Kind, Track>>;

/** Those of a file that belong to tracks of the window. */
function tracksOf({ file }: Segment, seams: Seams): Tracks {
  const tracks: Tracks = {};
  for (const kind of ['video', 'audio'] as const) {
    if (!seams[kind]) continue;
    const track = file.tracks.map(playable).find((candidate) => candidate?.kind === kind);
    if (track) tracks[kind] = track;
  }
  return tracks;
}

function playable({ id, kind, timescale, format }: Mp4Track): Track | undefined {
  if (!format?.codec.browser || kind === 'other' || format.clockRate !== timescale) return undefined;
  return { id, kind, format };
}

export const sameTrack = (a: Track | undefined, b: Track | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.id === b.id && sameFormat(a.format, b.format));

const same = (a: Tracks, b: Tracks): boolean => sameTrack(a.video, b.video) && sameTrack(a.audio, b.audio);

const secondsOf = ({ end, lead }: Segment): number => end / lead.timescale;

function continues(before: Segment, next: Segment): boolean {
  const at = { utc: next.utc, seconds: next.streamTime };
  return oneClock(before, at) && Math.abs(before.streamTime + secondsOf(before) - next.streamTime) < NO_GAP;
}

/** Whether a file ends where the window begins, or is about to. */
function meets(file: Segment, tracks: Tracks, seams: Seams): boolean {
  const seam = seams[file.lead.kind as Kind]!;
  const alike = (['video', 'audio'] as const).every((kind) => sameTrack(tracks[kind], seams[kind]?.track));
  return alike && reaches(file, seam);
}

function reaches(file: Segment, { utc, start, track }: Seam): boolean {
  const seconds = start / track.format.clockRate;
  if (!oneClock(file, { utc, seconds })) return false;
  const missing = seconds - (file.streamTime + secondsOf(file));
  return missing < (file.closed ? NO_GAP : DURABLE_WITHIN) && file.streamTime < seconds;
}

interface Piece {
  readonly segment: Segment;
  readonly begin: Bound;
  readonly end: Bound;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function cutFile(segment: Segment, tracks: Tracks, seams: Seams): Cut[] {
  const { lead, utc } = segment;
  const seam = seams[lead.kind as Kind]!;
  const atSeam = reaches(segment, seam);
  const bounds = boundsOf(segment, atSeam ? seam.start - baseOf(segment, lead.timescale) : segment.end);
  return bounds.slice(0, -1).map((begin, i) => {
    const end = bounds[i + 1]!;
    const piece = { segment, begin, end, isFirst: i === 0, isLast: i === bounds.length - 2 };
    const own = Object.values(tracks).map((track) => {
      const until = atSeam && piece.isLast ? seams[track.kind]!.start : Number.POSITIVE_INFINITY;
      const of = track.kind === lead.kind ? whereLeads : whereFollows;
      return [track.kind, { track, where: of(piece, track.format.clockRate, until) }];
    });
    return {
      utc: utc + (begin.time * 1000) / lead.timescale,
      duration: durationOf(piece),
      discontinuity: false,
      tracks: Object.fromEntries(own) as Cut['tracks'],
    };
  });
}

const durationOf = ({ segment: { lead }, begin, end }: Piece): number =>
  (end.time - begin.time) / lead.timescale;

/** The leading track lies from key frame to key frame. */
function whereLeads(piece: Piece, clockRate: number, to: number): Where {
  const { segment, begin, end, isLast } = piece;
  return {
    utc: segment.utc + (begin.time * 1000) / segment.lead.timescale,
    duration: durationOf(piece),
    clockRate,
    from: baseOf(segment, clockRate),
    to,
    file: {
      name: segment.name,
      start: begin.offset,
      end: isLast ? Number.POSITIVE_INFINITY : end.offset,
    },
  };
}

/** Another track lies somewhere near. */
function whereFollows(piece: Piece, clockRate: number, until: number): Where {
  const { segment, begin, end, isFirst, isLast } = piece;
  const base = baseOf(segment, clockRate);
  const ticks = ({ time }: Bound): number => base + Math.round((time / segment.lead.timescale) * clockRate);
  return {
    utc: segment.utc + (begin.time * 1000) / segment.lead.timescale,
    duration: durationOf(piece),
    clockRate,
    from: isFirst ? base : ticks(begin),
    to: isLast ? until : ticks(end),
    file: { name: segment.name, start: 0, end: Number.POSITIVE_INFINITY },
  };
}

interface Bound {
  /** Ticks of the leading track in its file. */
  readonly time: number;
  readonly offset: number;
}

/** Key frames at which the pieces of a file begin, and its end; the same each time, whatever is asked for. */
function boundsOf({ points, lead }: Segment, until: number): Bound[] {
  const inside = points.filter(({ time }) => time < until);
  const bounds: Bound[] = [];
  for (const [i, { time, moofOffset }] of inside.entries()) {
    const next = inside[i + 1]?.time ?? until;
    const current = bounds.at(-1);
    if (current && next - current.time <= PAST_TARGET * lead.timescale) continue;
    bounds.push({ time, offset: moofOffset });
  }
  return bounds.length > 0 ? [...bounds, { time: until, offset: Number.POSITIVE_INFINITY }] : [];
}
