import type { StreamMetrics } from '@nightjar/contract';
import type { Clock, Frame, Reader, Track } from '@nightjar/media/stream';
import type { SourceCounters, SourceRun } from '../sources/index.ts';

const ZERO: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/** Milliseconds. */
const MAX_OFF = 10_000;

type Run = Pick<SourceRun, 'counters'>;

interface Rates {
  current: number;
  average: number;
  peak: number;
}

/** What is measured besides the frames themselves. */
export interface MeterInputs {
  readonly viewers: number;
  readonly reconnects: number;
  readonly networkErrors: number;
  /** Percent; undefined where nothing is buffered. */
  readonly bufferLevel?: number | undefined;
}

/** Measures one stream: a reader that counts, and a sample every 2 s. */
export class Meter implements Reader {
  readonly #clock: Clock;
  #frames = 0;
  #since: number;
  #lastAt: number;
  #lastFrames = 0;
  #lastBytes = 0;
  /** Bytes received before the tracks were known. */
  #bytesBefore = 0;
  readonly #running: () => Run | undefined;
  #run: Run | undefined;
  /** Of the runs before that one. */
  #past = ZERO;
  #total = ZERO;
  #bitrate: Rates = { current: 0, average: 0, peak: 0 };
  #framerate = { current: 0, average: 0 };
  /** From arrival to hand-over, since the last sample. */
  #delayed = { pictures: 0, ms: 0 };
  /** UTC milliseconds. */
  #lastKeyFrame: number | undefined;
  /** Milliseconds; the frame before it, by arrival and by its own clock. */
  #jitter: number | undefined;
  #before: { arrival: number; time: number } | undefined;

  /** `running` gives the run in progress, whose counters begin at 0. */
  constructor(clock: Clock, running: () => Run | undefined) {
    this.#clock = clock;
    this.#running = running;
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
    this.#before = undefined;
    this.#jitter = undefined;
    this.#count(this.#running());
    this.#bytesBefore = this.#total.bytes;
  }

  onFrame(frame: Frame): void {
    if (frame.track.kind !== 'video') return;
    this.#frames++;
    if (frame.key) this.#lastKeyFrame = frame.arrival;
    this.#delay(frame);
    this.#steady(frame);
  }

  onEnd(): void {
    this.#count(undefined);
  }

  /** Takes a sample; call about every 2 s. */
  sample({ viewers, reconnects, networkErrors, bufferLevel }: MeterInputs): StreamMetrics {
    this.#count(this.#running());
    this.#rate();
    const latency = this.#latency();
    const total = this.#total;
    return {
      bitrate: { ...this.#bitrate },
      framerate: { ...this.#framerate, dropped: total.dropped },
      packets: { received: total.packets, lost: total.lost, recovered: 0 },
      bytes_received: total.bytes,
      errors: { decode: total.dropped, network: networkErrors, total: total.dropped + networkErrors },
      // What a camera's own clock says of the way to here is not known to be true.
      latency: { pipeline: latency, network: null, processing: latency },
      buffer_level: bufferLevel ?? null,
      viewers,
      reconnects,
      jitter: this.#jitter === undefined ? null : Math.round(this.#jitter * 100) / 100_000,
      last_key_frame: this.#lastKeyFrame === undefined ? null : new Date(this.#lastKeyFrame).toISOString(),
    };
  }

  #delay({ arrival }: Frame): void {
    const took = this.#clock.utc() - arrival;
    // A clock was set.
    if (took < 0 || took > MAX_OFF) return;
    this.#delayed.pictures++;
    this.#delayed.ms += took;
  }

  /** Milliseconds on average since the last sample; null without a picture. */
  #latency(): number | null {
    const { pictures, ms } = this.#delayed;
    this.#delayed = { pictures: 0, ms: 0 };
    return pictures === 0 ? null : round(ms / pictures);
  }

  /** RFC 3550 6.4.1, of pictures instead of packets: it holds for every way in which they come. */
  #steady({ arrival, dts, track }: Frame): void {
    const time = (dts * 1000) / track.format.clockRate;
    const before = this.#before;
    this.#before = { arrival, time };
    if (!before) return;
    const off = Math.abs(arrival - before.arrival - (time - before.time));
    // A clock was set, or the camera was away.
    if (off > MAX_OFF) return;
    const jitter = this.#jitter ?? 0;
    this.#jitter = jitter + (off - jitter) / 16;
  }

  /** What a run counted to its end is kept, also what it counted after the last sample. */
  #count(run: Run | undefined): void {
    if (run !== this.#run) {
      this.#past = sum(this.#past, this.#run?.counters ?? ZERO);
      this.#run = run;
    }
    this.#total = sum(this.#past, run?.counters ?? ZERO);
  }

  #rate(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#lastAt) / 1000;
    if (seconds <= 0) return;
    const bytes = this.#total.bytes - this.#lastBytes;
    const elapsed = (now - this.#since) / 1000;
    const current = Math.round((bytes * 8) / seconds);
    const average = elapsed > 0 ? Math.round(((this.#total.bytes - this.#bytesBefore) * 8) / elapsed) : 0;
    this.#bitrate = { current, average, peak: Math.max(this.#bitrate.peak, current) };
    this.#framerate = {
      current: round((this.#frames - this.#lastFrames) / seconds),
      average: elapsed > 0 ? round(this.#frames / elapsed) : 0,
    };
    this.#lastAt = now;
    this.#lastBytes = this.#total.bytes;
    this.#lastFrames = this.#frames;
  }
}

function sum(a: SourceCounters, b: SourceCounters): SourceCounters {
  return {
    bytes: a.bytes + b.bytes,
    packets: a.packets + b.packets,
    lost: a.lost + b.lost,
    dropped: a.dropped + b.dropped,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
