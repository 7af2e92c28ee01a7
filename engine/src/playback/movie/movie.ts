import { type Fragment, type RandomAccess, readFragments, type Sample } from '@nightjar/media/mp4';
import { type Segment, ticksOf } from '../segment.ts';
import type { FootageHandle } from '../store.ts';
import type { TimeRange } from '../time-range.ts';
import { BlockPort } from './block-port.ts';
import { movieFragment } from './fragment.ts';
import { movieHead } from './head.ts';
import { MovieLane } from './lane.ts';
import { type Gaps, movieDuration, movieTracks, zeroAfter } from './plan.ts';

export interface MovieOptions {
  /** At least one, oldest first, all with footage in the range. */
  readonly segments: readonly Segment[];
  readonly range: TimeRange;
  readonly gaps: Gaps;
  readonly open: (segment: Segment) => Promise<FootageHandle>;
}

/** A fragment of a movie is at most this long and this large. */
const FRAGMENT_SECONDS = 1;
const FRAGMENT_BYTES = 4 * 1024 * 1024;
/** A hidden picture lasts this much less than a shown one; from 1000 on FFmpeg takes it for a broken clock. */
const HASTE = 900;

/**
 * A fragmented MP4 of a time range, made from recorded files without coding anything anew: the head, then
 * fragments of about a second. It begins with the key frame before the start; what is decoded but not wanted
 * lasts next to nothing and is hidden by an edit list, so that players without edit lists are right within
 * milliseconds.
 */
export class Movie {
  readonly #options: MovieOptions;
  readonly #lanes: readonly MovieLane[];
  readonly #lead: MovieLane;
  #sequence = 0;
  /** Seconds of the movie at which the time of the file at hand is 0. */
  #zero = 0;

  /** Throws PlaybackRefusal 409 when the range holds more than one format. */
  constructor(options: MovieOptions) {
    this.#options = options;
    this.#lanes = movieTracks(options.segments).map((track) => new MovieLane(track));
    this.#lead = this.#lanes.find(({ track }) => track.id === options.segments[0]!.lead.id)!;
  }

  async *bytes(): AsyncGenerator<Buffer, void, undefined> {
    const { segments, open } = this.#options;
    for (const [i, segment] of segments.entries()) {
      const handle = await open(segment);
      try {
        const port = new BlockPort(handle);
        if (i === 0) yield* this.#first(segment, port);
        else yield* this.#next(segment, segments[i - 1]!, port);
      } finally {
        await handle.close();
      }
    }
  }

  async *#first(segment: Segment, port: RandomAccess): AsyncGenerator<Buffer> {
    const { segments, range, gaps } = this.#options;
    const entry = segment.points.findLast(({ time }) => time <= ticksOf(segment, range.start));
    const { moofOffset } = entry ?? segment.points[0]!;
    const { shown, before, step } = await this.#opening(segment, port, moofOffset);
    const hidden = before * step;
    const { clockRate } = this.#lead;
    for (const lane of this.#lanes) {
      lane.from = Math.round((shown / clockRate) * lane.clockRate);
      lane.offset = Math.round((hidden / clockRate) * lane.clockRate) - lane.from;
    }
    this.#zero = (hidden - shown) / clockRate;
    const tracks = this.#lanes.map(({ track }) => ({
      track,
      hidden: Math.round((hidden / clockRate) * track.format.clockRate),
    }));
    yield movieHead(tracks, movieDuration(segments, range, gaps));
    let next = 0;
    yield* this.#walk(segment, port, moofOffset, (sample) => {
      if (sample.dts >= shown) return this.#lead.add(sample);
      const at = next;
      next += step;
      this.#lead.place(sample, at, sample.pts < shown ? at : sample.pts + this.#lead.offset);
    });
  }

  /**
   * The time of the first picture that is shown, how many are decoded before its time, and the ticks from one
   * of these to the next.
   */
  async #opening(
    segment: Segment,
    port: RandomAccess,
    from: number,
  ): Promise<{ shown: number; before: number; step: number }> {
    const start = ticksOf(segment, this.#options.range.start);
    const decoded: number[] = [];
    let shown: number | undefined;
    let usual = 0;
    for await (const { runs } of readFragments(port, segment.file, from)) {
      const samples = runs.filter(({ trackId }) => trackId === segment.lead.id).flatMap((run) => run.samples);
      for (const { dts, pts, duration } of samples) {
        usual = Math.max(usual, duration);
        // The picture at a moment is the one that began last.
        if (pts <= start || shown === undefined) shown = Math.max(pts, shown ?? 0);
        decoded.push(dts);
      }
      if ((decoded.at(-1) ?? 0) > start) break;
    }
    const first = shown ?? segment.points[0]!.time;
    const before = decoded.filter((dts) => dts < first).length;
    return { shown: first, before, step: Math.max(1, Math.ceil(usual / HASTE)) };
  }

  async *#next(segment: Segment, before: Segment, port: RandomAccess): AsyncGenerator<Buffer> {
    const { gaps } = this.#options;
    this.#zero = zeroAfter({ segment, before, zero: this.#zero, end: this.#lead.end, gaps });
    for (const lane of this.#lanes) {
      lane.from = Number.NEGATIVE_INFINITY;
      lane.offset = Math.round(this.#zero * lane.clockRate);
    }
    yield* this.#walk(segment, port, segment.file.initEnd, (sample) => this.#lead.add(sample));
  }

  /** Hands out the fragments of one file up to the end of the range. */
  async *#walk(
    segment: Segment,
    port: RandomAccess,
    from: number,
    lead: (sample: Sample) => void,
  ): AsyncGenerator<Buffer> {
    const end = ticksOf(segment, this.#options.range.end);
    let ended = false;
    for await (const fragment of readFragments(port, segment.file, from)) {
      if (fragment.offset >= segment.wholeEnd) break;
      ended ||= reaches(fragment, segment.lead.id, end);
      // The sound of a part lies behind its pictures.
      if (ended && fragment.referenceTime) break;
      this.#gather(fragment, { lead, end: end / segment.lead.timescale });
      if (this.#full) yield await this.#flush(port);
    }
    if (this.#lanes.some(({ seconds }) => seconds > 0)) yield await this.#flush(port);
  }

  #gather({ runs }: Fragment, { lead, end }: { lead: (sample: Sample) => void; end: number }): void {
    for (const { trackId, samples } of runs) {
      const lane = this.#lanes.find(({ track }) => track.id === trackId);
      if (!lane) continue;
      for (const sample of samples) {
        if (sample.dts >= Math.round(end * lane.clockRate)) continue;
        if (lane === this.#lead) lead(sample);
        else lane.add(sample);
      }
    }
  }

  get #full(): boolean {
    const bytes = this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0);
    return bytes >= FRAGMENT_BYTES || this.#lanes.some(({ seconds }) => seconds >= FRAGMENT_SECONDS);
  }

  async #flush(port: RandomAccess): Promise<Buffer> {
    const runs = [];
    for (const lane of this.#lanes) {
      const run = await lane.take(port);
      if (run) runs.push(run);
    }
    this.#sequence += 1;
    return Buffer.concat(movieFragment(this.#sequence, runs));
  }
}

function reaches({ runs }: Fragment, trackId: number, end: number): boolean {
  return runs.some((run) => run.trackId === trackId && run.dts >= end);
}
