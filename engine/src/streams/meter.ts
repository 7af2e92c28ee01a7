import type { StreamMetrics } from '@nightjar/contract';
import type { Clock, Frame, Reader, Track } from '@nightjar/media/stream';
import type { SourceCounters } from '../sources/index.ts';

const ZERO: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

interface Rates {
  current: number;
  average: number;
  peak: number;
}

/** What is measured besides the frames themselves. */
export interface MeterInputs {
  /** Of the run in progress. */
  readonly counters: SourceCounters | undefined;
  readonly viewers: number;
  readonly reconnects: number;
  readonly networkErrors: number;
}

/** Measures one stream: a reader that counts, and a sample every 2 s. */
export class Meter implements Reader {
  readonly #clock: Clock;
  #frames = 0;
  #since: number;
  #lastAt: number;
  #lastFrames = 0;
  #lastBytes = 0;
  #sessionBytes = 0;
  /** Of the runs before the one in progress. */
  #past = ZERO;
  #now = ZERO;
  #bitrate: Rates = { current: 0, average: 0, peak: 0 };
  #framerate = { current: 0, average: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
    this.#lastAt = this.#since;
  }

  /** Video frames per second over the last sample. */
  get frameRate(): number {
    return this.#framerate.current;
  }

  onTracks(tracks: readonly Track[]): void {
    if (tracks.length === 0) return;
    this.#since = this.#clock.monotonic();
    this.#frames = 0;
    this.#lastFrames = 0;
    this.#sessionBytes = 0;
    this.#lastAt = this.#since;
  }

  onFrame(frame: Frame): void {
    if (frame.track.kind === 'video') this.#frames++;
  }

  onEnd(): void {
    this.#frames = 0;
  }

  /** Takes a sample; call about every 2 s. */
  sample({ counters, viewers, reconnects, networkErrors }: MeterInputs): StreamMetrics {
    this.#count(counters ?? ZERO);
    this.#rate();
    const total = (field: keyof SourceCounters): number => this.#past[field] + this.#now[field];
    const decode = total('dropped');
    return {
      bitrate: { ...this.#bitrate },
      framerate: { ...this.#framerate, dropped: total('dropped') },
      packets: { received: total('packets'), lost: total('lost'), recovered: 0 },
      bytes_received: total('bytes'),
      errors: { decode, network: networkErrors, total: decode + networkErrors },
      latency: { pipeline: null, network: null, processing: null },
      viewers,
      reconnects,
    };
  }

  /** A run's counters begin at 0 again: what the one before had counted is kept. */
  #count(counters: SourceCounters): void {
    if (counters.bytes < this.#now.bytes) {
      this.#past = {
        bytes: this.#past.bytes + this.#now.bytes,
        packets: this.#past.packets + this.#now.packets,
        lost: this.#past.lost + this.#now.lost,
        dropped: this.#past.dropped + this.#now.dropped,
      };
      this.#lastBytes = 0;
    }
    this.#now = counters;
  }

  #rate(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#lastAt) / 1000;
    if (seconds <= 0) return;
    const bytes = Math.max(0, this.#now.bytes - this.#lastBytes);
    this.#sessionBytes += bytes;
    const elapsed = (now - this.#since) / 1000;
    const current = Math.round((bytes * 8) / seconds);
    const average = elapsed > 0 ? Math.round((this.#sessionBytes * 8) / elapsed) : 0;
    this.#bitrate = { current, average, peak: Math.max(this.#bitrate.peak, current) };
    this.#framerate = {
      current: round((this.#frames - this.#lastFrames) / seconds),
      average: elapsed > 0 ? round(this.#frames / elapsed) : 0,
    };
    this.#lastAt = now;
    this.#lastBytes = this.#now.bytes;
    this.#lastFrames = this.#frames;
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
