import { fragmentSize, PRFT_BYTES, rebaseFragment, writePrft } from '@nightjar/media/mp4';
import {
  FRAME_HEADROOM,
  type Frame,
  FrameRanges,
  type Slab,
  type SlabPool,
  type StowedFrame,
  type Track,
} from '@nightjar/media/stream';

/** Where a key frame's fragment lies in the bytes of its part. */
export interface KeyEntry {
  /** Presentation time in ticks of the leading track, from the segment's start. */
  readonly time: number;
  readonly offset: number;
}

/** A part as it goes to disk. */
export interface PartBytes {
  /** What is written, in order; pictures lie in the frames' own memory. Valid until `release`. */
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number;
  readonly keys: readonly KeyEntry[];
  /** What it holds, and where: `offset` counts from the first byte of a file that has it at `base`. */
  frames(base: number): readonly StowedFrame[];
  /** Gives the memory back; idempotent. */
  release(): void;
}

interface Lane {
  readonly track: Track;
  readonly ranges: FrameRanges;
  readonly frames: Frame[];
  /** Ticks at which the segment began. */
  readonly base: number;
}

/** Fragments up to so many bytes are copied whole: to name them one by one costs the system more. */
const SMALL = 1024;

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
  /** Bytes that cannot stay where they are. */
  #copied = PRFT_BYTES;

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
    const { ranges, frames, base } = this.#laneOf(frame.track);
    // Sound that began before the segment's first picture cannot be told in its time.
    if (frame.dts < base) return;
    if (frame.track.id === this.#lead.track.id) {
      if (frame.key) this.#keys.push({ time: frame.pts - base, offset: PRFT_BYTES + ranges.bytes });
      this.#end = frame.dts + frame.duration;
    }
    ranges.add(frame);
    frames.push(frame);
    const size = frame.end - frame.start;
    this.#copied += size > SMALL ? FRAME_HEADROOM : size;
  }

  /** The next frame of the leading track begins at `dts`: the part's end is known exactly. */
  settle(dts: number): void {
    if (dts > this.#start) this.#end = dts;
  }

  /** The bytes for the file, with times counted from the segment's start: heads copied, pictures where they are. */
  assemble(pool: SlabPool): PartBytes {
    const { bytes, duration } = this;
    const { track, base } = this.#lead;
    const copies = new Copies(pool.open(this.#copied));
    copies.bytes(writePrft({ trackId: track.id, utc: this.#utc, mediaTime: this.#start - base }));
    for (const lane of [this.#lead, ...this.#others]) {
      for (const range of lane.ranges.buffers()) copies.fragments(range, lane.base);
    }
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      copies.release();
      this.release();
    };
    return {
      buffers: copies.end(),
      bytes,
      duration,
      keys: this.#keys,
      frames: (base) => this.#placed(base),
      release,
    };
  }

  release(): void {
    for (const { ranges } of [this.#lead, ...this.#others]) ranges.release();
  }

  /** Every frame with its place in the bytes for the file. */
  #placed(base: number): readonly StowedFrame[] {
    let at = base + PRFT_BYTES;
    return [this.#lead, ...this.#others].flatMap(({ frames }) =>
      frames.map((frame) => {
        const offset = at;
        at += frame.end - frame.start;
        return { frame, offset };
      }),
    );
  }

  #lane(track: Track): Lane {
    return {
      track,
      ranges: new FrameRanges(),
      frames: [],
      base: Math.round(this.#zero * track.format.clockRate),
    };
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

/** What a part has of its own, and between it the pictures. */
class Copies {
  readonly #slab: Slab;
  readonly #buffers: Buffer[] = [];
  /** Where what is not in `#buffers` yet begins. */
  #from = 0;

  constructor(slab: Slab) {
    this.#slab = slab;
  }

  bytes(from: Buffer, start = 0, end = from.length): void {
    this.#slab.used += from.copy(this.#slab.buffer, this.#slab.used, start, end);
  }

  /** Whole fragments, each with its time moved back by `base` ticks. */
  fragments(range: Buffer, base: number): void {
    for (let at = 0; at < range.length; ) {
      const end = at + fragmentSize(range, at);
      const payload = end - at > SMALL ? at + FRAME_HEADROOM : end;
      const head = this.#slab.used;
      this.bytes(range, at, payload);
      rebaseFragment(this.#slab.buffer, head, base);
      if (payload < end) this.#buffers.push(this.#taken(), range.subarray(payload, end));
      at = end;
    }
  }

  end(): readonly Buffer[] {
    if (this.#from < this.#slab.used) this.#buffers.push(this.#taken());
    return this.#buffers;
  }

  release(): void {
    this.#slab.release();
  }

  #taken(): Buffer {
    const { buffer, used } = this.#slab;
    const taken = buffer.subarray(this.#from, used);
    this.#from = used;
    return taken;
  }
}
