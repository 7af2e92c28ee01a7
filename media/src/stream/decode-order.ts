const MAX_DEPTH = 16;

/**
 * Derives decode times for a track whose source only tells presentation times (RTP, RFC 6184 5.1): the decode
 * time of the i-th frame is the (i - depth)-th smallest presentation time. The depth starts at 0 (no B-frames)
 * and grows when order is seen to be violated, so streams without B-frames are passed on untouched.
 */
export class DecodeOrder {
  readonly #waiting: number[] = [];
  #depth = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** Frames that presentation runs behind decoding; above 0 the track has B-frames. */
  get depth(): number {
    return this.#depth;
  }

  /** Ticks in, ticks out; strictly rising whatever comes in. */
  dts(pts: number): number {
    if (this.#depth === 0 && pts > this.#last) {
      this.#last = pts;
      return pts;
    }
    this.#insert(pts);
    let dts = this.#waiting.length > this.#depth ? this.#waiting.shift()! : this.#last + 1;
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

  #insert(pts: number): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1]! > pts) at--;
    this.#waiting.splice(at, 0, pts);
  }
}
