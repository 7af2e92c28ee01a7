import type { Clock, Frame, Reader, Track } from '@nightjar/media/stream';

/** Tells how long the leading track has been silent: a camera may lose its picture and go on with its sound. */
export class PictureWatch implements Reader {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #lead: Track | undefined;
  #last = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Monotonic milliseconds of the last frame of the leading track; undefined while no tracks are known. */
  get last(): number | undefined {
    return this.#lead && this.#last;
  }

  onTracks(tracks: readonly Track[]): void {
    this.#lead = tracks.find((track) => track.kind === 'video') ?? tracks[0];
    this.#last = this.#clock.monotonic();
  }

  onFrame(frame: Frame): void {
    if (frame.track === this.#lead) this.#last = this.#clock.monotonic();
  }

  onEnd(): void {
    this.#lead = undefined;
  }
}
