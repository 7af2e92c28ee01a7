import { type Frame, FrameRanges, type Track } from '@nightjar/media/stream';

/** Seconds a part aims at: a fifth of a second of delay, above the cost of a request per frame. */
export const PART_TARGET = 0.2;
/** A part may be this much shorter than announced, not more (RFC 8216bis 4.4.4.9: 85 %). */
const EVENNESS = 0.9;

/** A published piece of a rendition: some frames, about a fifth of a second. */
export interface LivePart {
  readonly ranges: FrameRanges;
  /** Seconds. */
  readonly duration: number;
  /** Begins with a key frame. */
  readonly independent: boolean;
}

export interface LiveSegment {
  /** Media sequence number. */
  readonly msn: number;
  readonly parts: LivePart[];
  /** Seconds of the closed parts. */
  duration: number;
  /** Its frames are those with a decode time in `[start, end)`, in ticks of the track. */
  readonly start: number;
  end: number;
  /** UTC milliseconds of its first frame. */
  readonly utc: number;
  /** Number of the init segment its frames need. */
  readonly generation: number;
  /** Its media does not continue what came before. */
  readonly discontinuity: boolean;
  closed: boolean;
}

/** The sliding window of one track: segments of parts in memory, oldest first. */
export class Rendition {
  readonly segments: LiveSegment[] = [];
  /** Segments with a discontinuity that have left the window. */
  discontinuitiesGone = 0;
  track: Track;
  #generation: number;
  #discontinuity = false;
  #open: { ranges: FrameRanges; first: Frame; last: Frame } | undefined;
  #msn: number;
  #usualPart = PART_TARGET;

  constructor(track: Track, generation: number, firstMsn: number) {
    this.track = track;
    this.#generation = generation;
    this.#msn = firstMsn;
  }

  /** Media sequence number of the segment that will begin next. */
  get nextMsn(): number {
    return this.#msn;
  }

  /**
   * Seconds that no part of the window exceeds: what the frame rate allows, and more while a part is in the
   * window that a gap in the camera's media made longer.
   */
  get partTarget(): number {
    const longest = Math.max(0, ...this.segments.flatMap(({ parts }) => parts.map((part) => part.duration)));
    return Math.max(this.#usualPart, Math.ceil(longest * 1000) / 1000);
  }

  /** Seconds gathered in the part that is not published yet. */
  pending(now: Frame): number {
    return this.#open ? (now.dts - this.#open.first.dts) / this.track.format.clockRate : 0;
  }

  add(frame: Frame): void {
    if (!this.#open) this.#open = { ranges: new FrameRanges(), first: frame, last: frame };
    this.#open.ranges.add(frame);
    this.#open.last = frame;
  }

  /** Publishes the open part; false when there is none. */
  closePart(): boolean {
    const open = this.#open;
    if (!open) return false;
    this.#open = undefined;
    // Only now is it known how long a frame is.
    if (this.segments.at(-1)?.generation !== this.#generation) this.#usualPart = usualPart(open.first);
    const segment = this.#segmentFor(open.first);
    const ticks = open.last.dts + open.last.duration - open.first.dts;
    const duration = ticks / this.track.format.clockRate;
    segment.parts.push({ ranges: open.ranges, duration, independent: open.first.key });
    segment.duration += duration;
    segment.end = open.last.dts + open.last.duration;
    return true;
  }

  /** Publishes the open part and ends the segment. */
  closeSegment(): void {
    this.closePart();
    const segment = this.segments.at(-1);
    if (segment) segment.closed = true;
  }

  /** What follows needs another init segment, or merely does not continue. */
  discontinue(track: Track, generation: number): void {
    this.closeSegment();
    this.track = track;
    this.#generation = generation;
    this.#discontinuity = this.segments.length > 0;
  }

  /** Drops the oldest closed segments beyond `count`, each told before its memory goes. */
  trim(count: number, leaving: (segment: LiveSegment) => void = () => undefined): void {
    while (this.segments.length > count && this.segments[0]!.closed) {
      const gone = this.segments.shift()!;
      if (gone.discontinuity) this.discontinuitiesGone++;
      leaving(gone);
      for (const part of gone.parts) part.ranges.release();
    }
  }

  close(): void {
    this.#open?.ranges.release();
    this.#open = undefined;
    for (const segment of this.segments.splice(0)) for (const part of segment.parts) part.ranges.release();
  }

  #segmentFor(first: Frame): LiveSegment {
    const last = this.segments.at(-1);
    if (last && !last.closed) return last;
    const segment: LiveSegment = {
      msn: this.#msn++,
      parts: [],
      duration: 0,
      start: first.dts,
      end: first.dts,
      utc: first.arrival,
      generation: this.#generation,
      discontinuity: this.#discontinuity,
      closed: false,
    };
    this.#discontinuity = false;
    this.segments.push(segment);
    return segment;
  }
}

/** Seconds a part has at most when frames come as evenly as this one. */
function usualPart({ track, duration }: Frame): number {
  const frame = duration / track.format.clockRate;
  // Parts of sound end with the picture's, wherever that falls between its frames.
  if (track.kind === 'audio') return PART_TARGET + frame;
  const part = Math.max(1, Math.floor((PART_TARGET + 1e-6) / frame)) * frame;
  return Math.max(part, Math.min(PART_TARGET, part / EVENNESS));
}
