import type { MovieChunk, MovieSample, MovieTrackTables, Sample } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';

/** Bytes of one recorded file that follow each other in the clip. */
export interface Extent {
  /** Index of the file. */
  readonly file: number;
  readonly offset: number;
  size: number;
}

/** Where the media of a clip comes from, in the order in which it is written. */
export class Extents {
  readonly list: Extent[] = [];
  /** Of all extents. */
  bytes = 0;

  /** Puts bytes behind all others; they are one extent with those that lie before them in the file. */
  push(file: number, offset: number, size: number): void {
    const last = this.list.at(-1);
    if (last && last.file === file && last.offset + last.size === offset) last.size += size;
    else this.list.push({ file, offset, size });
    this.bytes += size;
  }
}

/** One track of a clip: all its samples, on the clip's time. */
export class ClipLane {
  readonly track: Track;
  readonly samples: MovieSample[] = [];
  readonly chunks: MovieChunk[] = [];
  /** Ticks added to the times of the file at hand. */
  offset = 0;
  #lastDts = Number.NEGATIVE_INFINITY;
  #end = 0;

  constructor(track: Track) {
    this.track = track;
  }

  get clockRate(): number {
    return this.track.format.clockRate;
  }

  /** Seconds on the clip's time at which the last sample ends. */
  get end(): number {
    return this.#end / this.clockRate;
  }

  /** Takes samples of one run of a file, those for which `wanted` is true; times that do not rise are left out. */
  take(
    samples: readonly Sample[],
    file: number,
    extents: Extents,
    wanted: (sample: Sample) => boolean,
  ): void {
    let chunk: { offset: number; samples: number; end: number } | undefined;
    for (const sample of samples) {
      const dts = sample.dts + this.offset;
      if (dts <= this.#lastDts || !wanted(sample)) continue;
      const { size, key, duration } = sample;
      const follows = chunk?.end === sample.offset;
      if (chunk && follows) chunk.samples++;
      else {
        if (chunk) this.chunks.push(chunk);
        chunk = { offset: extents.bytes, samples: 1, end: 0 };
      }
      chunk.end = sample.offset + size;
      extents.push(file, sample.offset, size);
      this.samples.push({ dts, pts: sample.pts + this.offset, duration, size, key });
      this.#lastDts = dts;
      this.#end = Math.max(this.#end, dts + duration);
    }
    if (chunk) this.chunks.push(chunk);
  }

  /** Its tables for a movie that is shown from `zero` seconds of the clip's time on; undefined without samples. */
  tables(zero: number): MovieTrackTables | undefined {
    const [first] = this.samples;
    if (!first) return undefined;
    const start = Math.round(zero * this.clockRate);
    const earliest = this.samples.reduce((least, { pts }) => Math.min(least, pts), first.pts);
    const from = Math.max(start, earliest);
    const { track, samples, chunks } = this;
    return { track, samples, chunks, from, at: (from - start) / this.clockRate };
  }
}
