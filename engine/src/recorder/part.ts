import { PRFT_BYTES, rebaseFragments, writePrft } from '@nightjar/media/mp4';
import { type Frame, FrameRanges, type Slab, type SlabPool, type Track } from '@nightjar/media/stream';

/** Where a key frame's fragment lies in the bytes of its part. */
export interface KeyEntry {
  /** Ticks of the leading track, from the segment's start. */
  readonly time: number;
  readonly offset: number;
}

/** A part as it goes to disk; `slab` is the caller's to release. */
export interface PartBytes {
  readonly slab: Slab;
  /** Seconds. */
  readonly duration: number;
  readonly keys: readonly KeyEntry[];
}

interface Lane {
  readonly track: Track;
  readonly ranges: FrameRanges;
  /** Ticks at which the segment began. */
  readonly base: number;
}

/**
 * About a second of every track, as byte ranges of the slabs the viewers are served from. On disk it begins
 * with the wall-clock time of its first frame; then come the leading track's fragments, then the others'.
 */
export class Part {
  readonly #lead: Lane;
  readonly #others: Lane[] = [];
  readonly #zero: number;
  readonly #utc: number;
  readonly #start: number;
  readonly #keys: KeyEntry[] = [];
  #end: number;

  /** `zero`: media seconds at which the segment began. */
  constructor(first: Frame, zero: number) {
    this.#zero = zero;
    this.#lead = this.#lane(first.track);
    this.#utc = first.arrival;
    this.#start = first.dts;
    this.#end = first.dts;
    this.add(first);
  }

  get bytes(): number {
    return this.#others.reduce((sum, { ranges }) => sum + ranges.bytes, PRFT_BYTES + this.#lead.ranges.bytes);
  }

  /** Seconds of the leading track. */
  get duration(): number {
    return (this.#end - this.#start) / this.#lead.track.format.clockRate;
  }

  add(frame: Frame): void {
    const { ranges, base } = this.#laneOf(frame.track);
    // Sound that began before the segment's first picture cannot be told in its time.
    if (frame.dts < base) return;
    if (frame.track.id === this.#lead.track.id) {
      if (frame.key) this.#keys.push({ time: frame.dts - base, offset: PRFT_BYTES + ranges.bytes });
      this.#end = frame.dts + frame.duration;
    }
    ranges.add(frame);
  }

  /** The next frame of the leading track begins at `dts`: the part's end is known exactly. */
  settle(dts: number): void {
    if (dts > this.#start) this.#end = dts;
  }

  /** The bytes for the file, with times counted from the segment's start; gives the frames' memory back. */
  assemble(pool: SlabPool): PartBytes {
    const { bytes, duration } = this;
    const slab = pool.open(bytes);
    const { track, base } = this.#lead;
    const mediaTime = this.#start - base;
    slab.used = writePrft({ trackId: track.id, utc: this.#utc, mediaTime }).copy(slab.buffer);
    for (const lane of [this.#lead, ...this.#others]) {
      const from = slab.used;
      for (const range of lane.ranges.buffers()) slab.used += range.copy(slab.buffer, slab.used);
      rebaseFragments(slab.buffer, from, slab.used, lane.base);
    }
    this.release();
    return { slab, duration, keys: this.#keys };
  }

  release(): void {
    for (const { ranges } of [this.#lead, ...this.#others]) ranges.release();
  }

  #lane(track: Track): Lane {
    return { track, ranges: new FrameRanges(), base: Math.round(this.#zero * track.format.clockRate) };
  }

  #laneOf(track: Track): Lane {
    if (track.id === this.#lead.track.id) return this.#lead;
    let lane = this.#others.find((other) => other.track.id === track.id);
    if (!lane) {
      lane = this.#lane(track);
      this.#others.push(lane);
    }
    return lane;
  }
}
