import { fragmentSize, PRFT_BYTES, rebaseFragment, writePrft } from '@nightjar/media/mp4';
import { type Frame, FrameRanges, type Slab, type SlabPool, type Track } from '@nightjar/media/stream';

/** Where a key frame's fragment lies in the bytes of its part. */
export interface KeyEntry {
  /** Presentation time in ticks of the leading track, from the segment's start. */
  readonly time: number;
  readonly offset: number;
}

/** A part as it goes to disk; the slabs, filled up to `used`, are the caller's to release. */
export interface PartBytes {
  readonly slabs: readonly Slab[];
  readonly bytes: number;
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

/** Bytes of the pieces a part is assembled in: of one size, so that the pool always has one. */
const CHUNK = 256 * 1024;

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
      if (frame.key) this.#keys.push({ time: frame.pts - base, offset: PRFT_BYTES + ranges.bytes });
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
    const { track, base } = this.#lead;
    const slabs = [pool.open(CHUNK)];
    const mediaTime = this.#start - base;
    slabs[0]!.used = writePrft({ trackId: track.id, utc: this.#utc, mediaTime }).copy(slabs[0]!.buffer);
    for (const lane of [this.#lead, ...this.#others]) {
      for (const range of lane.ranges.buffers()) copyFragments(range, lane.base, slabs, pool);
    }
    this.release();
    return { slabs, bytes, duration, keys: this.#keys };
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

/** Copies whole fragments behind what `slabs` hold, each with its time moved back by `base` ticks. */
function copyFragments(range: Buffer, base: number, slabs: Slab[], pool: SlabPool): void {
  for (let at = 0; at < range.length; ) {
    const size = fragmentSize(range, at);
    let slab = slabs.at(-1)!;
    if (slab.used + size > slab.buffer.length) {
      slab = pool.open(Math.max(CHUNK, size));
      slabs.push(slab);
    }
    range.copy(slab.buffer, slab.used, at, at + size);
    rebaseFragment(slab.buffer, slab.used, base);
    slab.used += size;
    at += size;
  }
}
