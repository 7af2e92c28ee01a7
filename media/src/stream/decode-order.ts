const MAX_DEPTH = 16;

/**
 * Derives decode times for a track whose source only tells presentation times (RTP, RFC 6184 5.1): the decode
 * time of the i-th frame is the (i - depth)-th smallest presentation time. The depth is what the parameter sets
 * promise, else 0 (no B-frames), and grows when order is seen to be violated, so streams without B-frames are
 * passed on untouched.
 */
export class DecodeOrder {
  readonly #waiting: number[] = [];
  #depth = 0;
  /** Ticks between the decode times of the first frames, which no presentation time gives. */
  #step = 1;
  #last = Number.NEGATIVE_INFINITY;

  /** Frames that presentation runs behind decoding; above 0 the track has B-frames. */
  get depth(): number {
    return this.#depth;
  }

  /** What a format promises of the frames to come: `depth` frames of reordering, about `step` ticks from one to the next. */
  expect(depth: number, step: number): void {
    this.#depth = Math.min(Math.max(depth, this.#depth), MAX_DEPTH);
    this.#step = Math.max(1, step);
  }

  /** Ticks in, ticks out; strictly rising whatever comes in. */
  dts(pts: number): number {
    if (this.#depth === 0 && pts > this.#last) {
      this.#last = pts;
      return pts;
    }
    if (this.#last === Number.NEGATIVE_INFINITY) return this.#first(pts);
    this.#insert(pts);
    let dts = this.#waiting.length > this.#depth ? this.#waiting.shift()! : this.#last + this.#step;
    if (dts <= this.#last) {
      if (this.#depth < MAX_DEPTH && pts <= this.#last) this.#depth++;
      dts = this.#last + 1;
    }
    this.#last = dts;
    return dts;
  }

  /** After a jump of the clock or a new session. */
  reset(): void {
    this.#waiting.length = 0;
    this.#last = Number.NEGATIVE_INFINITY;
  }

  /** The first frame is decoded `depth` frames before it is presented, but not before the media zero. */
  #first(pts: number): number {
    const room = Math.floor(Math.max(pts, 0) / this.#depth);
    this.#step = Math.max(1, Math.min(this.#step, room));
    this.#insert(pts);
    this.#last = Math.max(pts - this.#depth * this.#step, Math.min(pts, 0));
    return this.#last;
  }

  #insert(pts: number): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1]! > pts) at--;
    this.#waiting.splice(at, 0, pts);
  }
}
