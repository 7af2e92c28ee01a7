import { type Fragment, movieHead, readFragments } from '@nightjar/media/mp4';
import { type Gaps, movieTracks, zeroAfter } from '../movie/plan.ts';
import { PlaybackRefusal } from '../refusal.ts';
import { type Segment, ticksOf, utcOf } from '../segment.ts';
import type { FootageHandle } from '../store.ts';
import type { TimeRange } from '../time-range.ts';
import { ClipLane, type Extent, Extents } from './clip-lane.ts';

export interface ClipOptions {
  /** At least one, oldest first, all with footage in the range. */
  readonly segments: readonly Segment[];
  readonly range: TimeRange;
  readonly gaps: Gaps;
  readonly open: (segment: Segment) => Promise<FootageHandle>;
}

/** A clip as it will be written: its head, and the bytes of recorded files that follow. */
export interface Clip {
  readonly head: Buffer;
  readonly extents: readonly Extent[];
  /** Of each file, where others may read it as well. */
  readonly paths: readonly (string | undefined)[];
  readonly size: number;
  /** UTC milliseconds of its first and behind its last picture. */
  readonly start: number;
  readonly end: number;
  /** Seconds it plays. */
  readonly seconds: number;
}

/** Bytes read at a time: of one picture in each fragment nearly all are read for their heads. */
const AHEAD = 1024 * 1024;
/** Sample tables of more than this are no clip: a film of it can be had as it is made. */
const MAX_SAMPLES = 1_000_000;

/**
 * Plans one MP4 of a time range out of recorded files without coding anything anew: sample tables in front, so that
 * every player is exact and can seek at once. It begins with the key frame before the start; what is decoded but
 * not wanted is hidden by an edit list (ISO/IEC 14496-12 8.6.6). Only heads of fragments are read. Throws
 * PlaybackRefusal 409 when the range holds more than one format, 400 when it holds too much.
 */
export async function planClip(given: ClipOptions): Promise<Clip> {
  const options = { ...given, segments: onOneClock(given.segments) };
  const plan = new Plan(options);
  for (const [i, segment] of options.segments.entries()) {
    const handle = await options.open(segment);
    try {
      await plan.walk(segment, i, handle);
    } finally {
      await handle.close();
    }
  }
  return plan.finish();
}

/** Milliseconds by which the wall clock may differ from the media clock within one run of the engine. */
const CLOCKS_AGREE = 10_000;

/**
 * The same files with their moments by the media clock, which goes on over them: when a file began is told by
 * what came least late, and on a busy machine that differs from file to file.
 */
function onOneClock(segments: readonly Segment[]): Segment[] {
  const zeroOf = ({ utc, streamTime }: Segment): number => utc - streamTime * 1000;
  return segments.map((segment) => {
    const own = zeroOf(segment);
    const near = segments.map(zeroOf).filter((zero) => Math.abs(zero - own) < CLOCKS_AGREE);
    return { ...segment, utc: Math.min(...near) + segment.streamTime * 1000 };
  });
}

class Plan {
  readonly #options: ClipOptions;
  readonly #lanes: readonly ClipLane[];
  readonly #lead: ClipLane;
  readonly #extents = new Extents();
  readonly #paths: (string | undefined)[] = [];
  /** Seconds of the clip's time at which the time of the file at hand is 0; the first file's own time is it. */
  #zero = 0;
  /** Of the clip's time, in ticks of the leading track, of the first picture that is shown. */
  #shown: number | undefined;
  #samples = 0;

  constructor(options: ClipOptions) {
    this.#options = options;
    const { segments } = options;
    this.#lanes = movieTracks(segments).map((track) => new ClipLane(track));
    this.#lead = this.#lanes.find(({ track }) => track.id === segments[0]!.lead.id)!;
  }

  async walk(segment: Segment, index: number, handle: FootageHandle): Promise<void> {
    const { segments, range, gaps } = this.#options;
    this.#paths[index] = handle.path;
    if (index > 0) {
      const before = segments[index - 1]!;
      this.#zero = zeroAfter({ segment, before, zero: this.#zero, end: this.#lead.end, gaps });
      for (const lane of this.#lanes) lane.offset = Math.round(this.#zero * lane.clockRate);
    }
    const entry = segment.points.findLast(({ time }) => time <= ticksOf(segment, range.start));
    const from = index > 0 ? segment.file.initEnd : (entry ?? segment.points[0]!).moofOffset;
    const end = ticksOf(segment, range.end);
    let ended = false;
    for await (const fragment of readFragments(handle, segment.file, from, AHEAD)) {
      if (fragment.offset >= segment.wholeEnd) break;
      ended ||= fragment.runs.some(({ trackId, dts }) => trackId === segment.lead.id && dts >= end);
      // The sound of a part lies behind its pictures.
      if (ended && fragment.referenceTime) break;
      this.#gather(fragment, segment, index, end);
    }
  }

  finish(): Clip {
    const { segments, range } = this.#options;
    const shown = this.#shown ?? this.#lead.samples[0]?.pts;
    if (shown === undefined) throw new PlaybackRefusal(404, 'this footage has no picture here');
    const zero = shown / this.#lead.clockRate;
    const lanes = [this.#lead, ...this.#lanes.filter((lane) => lane !== this.#lead)];
    const tables = lanes.flatMap((lane) => lane.tables(zero) ?? []);
    const head = movieHead(tables, this.#extents.bytes);
    const last = segments.at(-1)!;
    return {
      head,
      extents: this.#extents.list,
      paths: this.#paths,
      size: head.length + this.#extents.bytes,
      start: Math.max(range.start, segments[0]!.utc),
      end: Math.min(range.end, utcOf(last, last.end)),
      seconds: this.#lead.end - zero,
    };
  }

  #gather({ runs }: Fragment, segment: Segment, index: number, end: number): void {
    const start = ticksOf(segment, this.#options.range.start);
    for (const { trackId, samples } of runs) {
      const lane = this.#lanes.find(({ track }) => track.id === trackId);
      if (!lane) continue;
      const lastDts = Math.round((end * lane.clockRate) / segment.lead.timescale);
      const isLead = lane === this.#lead;
      // One sound frame may begin before the start; what of it is too early is hidden.
      const firstEnd = index > 0 || isLead ? Number.NEGATIVE_INFINITY : this.#startOf(lane);
      lane.take(samples, index, this.#extents, (sample) => {
        if (sample.dts >= lastDts || sample.pts + sample.duration <= firstEnd) return false;
        // The picture at a moment is the one that began last.
        if (isLead && index === 0 && (sample.pts <= start || this.#shown === undefined))
          this.#shown = Math.max(sample.pts, this.#shown ?? 0);
        this.#samples++;
        return true;
      });
      if (this.#samples > MAX_SAMPLES)
        throw new PlaybackRefusal(400, 'this is too long for a clip: ask for play.mp4');
    }
  }

  /** Where the clip begins, in ticks of a lane in the first file. */
  #startOf(lane: ClipLane): number {
    const shown = this.#shown ?? 0;
    return Math.round((shown * lane.clockRate) / this.#lead.clockRate);
  }
}
