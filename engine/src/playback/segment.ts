import { MalformedError } from '@nightjar/media/bytes';
import {
  type AccessPoint,
  type Fragment,
  type Mp4File,
  type Mp4Track,
  openMp4,
  readFragments,
} from '@nightjar/media/mp4';
import { readDescription } from '../recorder/index.ts';
import type { FootageHandle } from './store.ts';

/** A recorded file as far as it can be played. Times in ticks of the leading track, from the file's start. */
export interface Segment {
  readonly name: string;
  /**
   * UTC milliseconds, and seconds of the stream's media clock, at the file's time 0. Cameras may begin with a
   * burst of what they kept: then the first picture's arrival is late, and a later part knows better.
   */
  readonly utc: number;
  readonly streamTime: number;
  readonly file: Mp4File;
  readonly lead: Mp4Track;
  /** The leading track's key frames, rising; at least one. */
  readonly points: readonly AccessPoint[];
  /** The end of its last frame. */
  readonly end: number;
  /** Bytes up to and with the last part that is durable. */
  readonly wholeEnd: number;
  /** Nothing will be appended. */
  readonly closed: boolean;
  /** Its pictures are covered ones. */
  readonly covered: boolean;
}

/** The tracks of a segment that browsers know nothing of, by id. */
export function hiddenTracks({ file }: Pick<Segment, 'file'>): ReadonlySet<number> {
  const hidden = file.tracks.filter(({ kind, format }) => kind !== 'other' && !format?.codec.browser);
  return new Set(hidden.map(({ id }) => id));
}

/** UTC milliseconds of a time in the segment. */
export const utcOf = (segment: Segment, ticks: number): number =>
  segment.utc + (ticks * 1000) / segment.lead.timescale;

/** A time in the segment; negative before its start. */
export const ticksOf = (segment: Segment, utc: number): number =>
  Math.round(((utc - segment.utc) * segment.lead.timescale) / 1000);

/** More than any camera sends at once. */
const MAX_BURST_MS = 10_000;

/** Every sound frame is a key frame; more points than one in half a second serve nobody. */
const MIN_POINT_SECONDS = 0.5;

/**
 * Reads what a file holds; `before` is what it held earlier, so that only what was appended is walked.
 * Undefined for a file that is no segment of ours or holds nothing durable yet.
 */
export async function readSegment(
  name: string,
  port: FootageHandle,
  before: Segment | undefined,
): Promise<Segment | undefined> {
  const file = await openQuietly(port);
  const about = file?.description && readDescription(file.description);
  const lead = file?.tracks.find((track) => track.id === about?.trackId);
  if (!file || !about || !lead) return undefined;
  const { utc, streamTime, covered = false } = about;
  const indexed = file.index?.find((index) => index.trackId === lead.id)?.points ?? [];
  const closed = port.closed ?? file.index !== undefined;
  const walk = new TailWalk(lead, closed, utc);
  const last = indexed.at(-1);
  let from = file.initEnd;
  if (closed && last && rises(indexed, port.size)) {
    walk.points.push(...indexed.slice(0, -1));
    from = last.moofOffset;
  } else if (before && !closed && before.streamTime === streamTime && before.wholeEnd <= port.size) {
    walk.resume(before);
    from = before.wholeEnd;
  }
  for await (const fragment of readFragments(port, file, from)) walk.take(fragment);
  const { points, end, wholeEnd } = walk;
  if (points.length === 0 || end <= 0) return undefined;
  return {
    name,
    utc: walk.utc,
    streamTime,
    file,
    lead,
    points: thinned(points, lead),
    end,
    wholeEnd,
    closed,
    covered,
  };
}

async function openQuietly(port: FootageHandle): Promise<Mp4File | undefined> {
  try {
    return await openMp4(port);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function rises(points: readonly AccessPoint[], size: number): boolean {
  return points.every(
    ({ time, moofOffset }, i) =>
      moofOffset < size &&
      (i === 0 || (moofOffset > points[i - 1]!.moofOffset && time > points[i - 1]!.time)),
  );
}

function thinned(points: readonly AccessPoint[], lead: Mp4Track): AccessPoint[] {
  let next = Number.NEGATIVE_INFINITY;
  return points.filter(({ time }) => {
    if (lead.kind === 'audio' && time < next) return false;
    next = time + MIN_POINT_SECONDS * lead.timescale;
    return true;
  });
}

/**
 * Gathers key frames and the end of a file from its fragments. The recorder has one write in flight: a part of
 * a growing file is durable when another one has begun behind it, and counts from then on.
 */
class TailWalk {
  points: AccessPoint[] = [];
  end = 0;
  wholeEnd = 0;
  utc: number;
  readonly #lead: Mp4Track;
  readonly #closed: boolean;
  #newPoints: AccessPoint[] = [];
  #newEnd = 0;
  #newWholeEnd = 0;

  constructor(lead: Mp4Track, closed: boolean, utc: number) {
    this.utc = utc;
    this.#lead = lead;
    this.#closed = closed;
  }

  resume({ utc, points, end, wholeEnd }: Segment): void {
    this.utc = utc;
    this.points = [...points];
    this.end = end;
    this.wholeEnd = wholeEnd;
    this.#newEnd = end;
    this.#newWholeEnd = wholeEnd;
  }

  take({ offset, size, runs, referenceTime }: Fragment): void {
    if (referenceTime) {
      this.#commit();
      const zero = referenceTime.utc - (referenceTime.mediaTime * 1000) / this.#lead.timescale;
      // Further off it was the host's clock that was set.
      if (Math.abs(zero - this.utc) < MAX_BURST_MS) this.utc = Math.min(this.utc, zero);
    }
    for (const run of runs) {
      if (run.trackId !== this.#lead.id) continue;
      if (run.key) this.#newPoints.push({ time: run.samples[0]!.pts, moofOffset: offset });
      this.#newEnd = Math.max(this.#newEnd, run.dts + run.duration);
    }
    this.#newWholeEnd = offset + size;
    if (this.#closed) this.#commit();
  }

  #commit(): void {
    this.points.push(...this.#newPoints);
    this.#newPoints = [];
    this.end = this.#newEnd;
    this.wholeEnd = this.#newWholeEnd;
  }
}
