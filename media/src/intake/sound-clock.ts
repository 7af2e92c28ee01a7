import { type AudioFormat, aac } from '../codecs/index.ts';

/** Seconds by which the sample count may be off the milliseconds before it is set to them. */
const TOLERANCE = 0.06;
/** Part of the difference that is made up with each frame: the rounding of milliseconds stays below one tick. */
const FOLLOW = 64;

/**
 * Decode times of sound. Milliseconds are too coarse for it: a frame of 1024 samples at 44.1 kHz has 23.22 of
 * them, and players hear gaps of half a millisecond. So frames follow each other by their samples, and the count
 * is drawn towards what the milliseconds say. Messages of other codecs may hold any number of samples.
 */
export class SoundClock {
  #next: number | undefined;

  /** `ticks`: by the milliseconds. Returns the ticks to use. */
  next(ticks: number, { clockRate, frameSamples, codec }: AudioFormat): number {
    const expected = this.#next;
    const off = expected === undefined ? 0 : ticks - expected;
    const jumped = expected === undefined || Math.abs(off) > TOLERANCE * clockRate || codec !== aac;
    const time = jumped ? ticks : expected + Math.trunc(off / FOLLOW);
    this.#next = time + frameSamples;
    return time;
  }

  reset(): void {
    this.#next = undefined;
  }
}
