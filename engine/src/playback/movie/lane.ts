import type { RandomAccess, Sample } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import type { MovieRun } from './fragment.ts';

interface Placed {
  readonly sample: Sample;
  readonly dts: number;
  readonly pts: number;
}

/** One track of a movie being made: what waits for the next fragment, on the movie's time. */
export class MovieLane {
  readonly track: Track;
  /** Ticks added to the times of the file at hand. */
  offset = 0;
  /** Ticks of the file before which nothing is taken. */
  from = Number.NEGATIVE_INFINITY;
  /** Payload bytes that wait. */
  bytes = 0;
  #waiting: Placed[] = [];
  #lastDts = -1;
  #end = 0;

  constructor(track: Track) {
    this.track = track;
  }

  get clockRate(): number {
    return this.track.format.clockRate;
  }

  /** Seconds of the movie at which the last sample ends. */
  get end(): number {
    return this.#end / this.clockRate;
  }

  /** Seconds that wait. */
  get seconds(): number {
    const first = this.#waiting[0];
    return first ? (this.#end - first.dts) / this.clockRate : 0;
  }

  /** A sample at its own time, moved; times that do not rise are left out. */
  add(sample: Sample): void {
    if (sample.pts < this.from) return;
    this.place(sample, sample.dts + this.offset, sample.pts + this.offset);
  }

  /** A sample at a time of the movie. */
  place(sample: Sample, dts: number, pts: number): void {
    if (dts <= this.#lastDts) return;
    this.#waiting.push({ sample, dts, pts });
    this.#lastDts = dts;
    this.#end = Math.max(this.#end, dts + sample.duration);
    this.bytes += sample.size;
  }

  /** What waited, with its bytes; undefined when nothing did. */
  async take(port: RandomAccess): Promise<MovieRun | undefined> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.bytes = 0;
    if (waiting.length === 0) return undefined;
    const samples: MovieRun['samples'][number][] = [];
    for (const [i, { sample, dts, pts }] of waiting.entries()) {
      const payload = await port.read(sample.offset, sample.size);
      if (payload.length < sample.size) throw new Error('a recording became shorter while it was read');
      // Inside a run the durations alone place the samples.
      const duration = waiting[i + 1] ? waiting[i + 1]!.dts - dts : sample.duration;
      samples.push({ dts, pts, duration, key: sample.key, payload });
    }
    return { trackId: this.track.id, samples };
  }
}
