/** Seconds by which a frame of sound may miss the end of the one before it: packets jitter, clocks are rounded. */
const TOLERANCE = 0.1;

/** Counts the time of coded sound: frames follow one another without holes until the source jumps. */
export class SoundClock {
  readonly #rate: { from: number; to: number };
  readonly #delay: number;
  /** Ticks of the source at which its next frame should begin. */
  #expected: number | undefined;
  #base = 0;
  #made = 0;

  /** `from` and `to` in ticks a second; `delay`: samples at `to` that the encoder puts in front. */
  constructor(from: number, to: number, delay: number) {
    this.#rate = { from, to };
    this.#delay = delay;
  }

  /** A frame of the source; true when it does not follow the one before, so that coding begins anew with it. */
  begins(time: number, samples: number): boolean {
    const { from, to } = this.#rate;
    const follows = this.#expected !== undefined && Math.abs(time - this.#expected) < TOLERANCE * from;
    this.#expected = follows ? this.#expected! + samples : time + samples;
    // What drifts slowly is followed slowly, or the tolerance would run out.
    if (follows) this.#expected += (time + samples - this.#expected) / 64;
    if (follows) return false;
    this.#base = Math.round((time * to) / from);
    this.#made = 0;
    return true;
  }

  /** The time of the next coded frame of so many samples, in ticks of the target. */
  next(samples: number): number {
    const time = this.#base + this.#made - this.#delay;
    this.#made += samples;
    return Math.max(0, time);
  }
}
