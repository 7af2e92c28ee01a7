import type { Frame } from '../stream/index.ts';

/** Milliseconds by which UTC may be off what was learnt; beyond it the clock was set. */
const STEPPED = 2_000;
/** Part of the distance to a later arrival that is believed: lateness comes and goes, drift stays. */
const DRIFT = 0.002;

/** What time of day the media clock shows, learnt from the arrival of frames: the least late ones count. */
export class MediaUtc {
  /** UTC milliseconds of the media clock's zero. */
  #zero: number | undefined;

  learn(frame: Pick<Frame, 'arrival' | 'dts' | 'track'>): void {
    const zero = frame.arrival - (frame.dts / frame.track.format.clockRate) * 1000;
    const known = this.#zero;
    if (known === undefined || zero < known || zero - known > STEPPED) this.#zero = zero;
    else this.#zero = known + (zero - known) * DRIFT;
  }

  /** Media seconds at `utc` milliseconds; undefined before the first frame. */
  secondsAt(utc: number): number | undefined {
    return this.#zero === undefined ? undefined : (utc - this.#zero) / 1000;
  }
}
