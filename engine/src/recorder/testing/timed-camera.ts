import { setImmediate } from 'node:timers/promises';
import { SessionTimeline } from '@nightjar/media/rtp';
import { DecodeOrder } from '@nightjar/media/stream';
import { audioTrack, videoTrack } from '../../testing/index.ts';
import { Recording } from './recording.ts';

const VIDEO = 90_000;
const AUDIO = 16_000;
const UNIT = 1024;
const wrapped = (ticks: number): number => ((Math.round(ticks) % 2 ** 32) + 2 ** 32) % 2 ** 32;

export interface FilmOptions {
  /** Pictures a second that come. */
  readonly fps?: number;
  /** RTP seconds that the camera counts in a second. */
  readonly speed?: number;
  /** All of it comes at once. */
  readonly burst?: boolean;
  /** Seconds by which sound comes before (or, below 0, behind) the picture of the same moment. */
  readonly soundAhead?: number;
}

/** A camera's RTP clock, the host's clock and the recorder between them, in the time of a fake clock. */
export class TimedCamera {
  readonly recording: Recording;
  /** Pictures and units of sound that were sent since the first key frame. */
  readonly sent = { video: 0, audio: 0 };
  readonly #session = new SessionTimeline(0);
  readonly #video = this.#session.track(VIDEO);
  readonly #audio = this.#session.track(AUDIO);
  readonly #order = new DecodeOrder();
  /** RTP time of the camera's second 0, in seconds. */
  #base: number;
  #filmed = 0;
  #shown = 0;
  #heard = 0;

  /** `utc`: what the host's clock says at first; `base`: the camera's RTP time then, in seconds of its picture. */
  constructor({ utc = Date.UTC(2026, 0, 2, 3, 4, 0), base = 1000 } = {}) {
    this.recording = new Recording({ utc, segmentDuration: 4, tracks: [videoTrack(), audioTrack()] });
    this.recording.recorder.start();
    this.#base = base;
  }

  /** The camera's RTP clock leaps, of both tracks. */
  leap(seconds: number): void {
    this.#base += seconds;
  }

  /** Nothing comes for so long; the camera filmed on (`lost`), or did not. */
  stall(seconds: number, lost: boolean): void {
    this.recording.source.clock.advance(seconds * 1000);
    if (!lost) return;
    this.#filmed += seconds;
    this.#heard += Math.round((seconds * AUDIO) / UNIT);
  }

  /** The host's clock is set. */
  step(seconds: number): void {
    this.recording.source.clock.stepUtc(seconds * 1000);
  }

  /** A sender report of both tracks by a clock of the camera's own (RFC 3550 6.4.1). */
  report(ntp: { video: number; audio: number }): void {
    const at = (rate: number) => wrapped((this.#base + this.#filmed) * rate);
    this.#session.report(this.#video, { ntp: ntp.video, timestamp: at(VIDEO) });
    this.#session.report(this.#audio, { ntp: ntp.audio, timestamp: at(AUDIO) });
  }

  async film(seconds: number, options: FilmOptions = {}): Promise<void> {
    const { fps = 25, speed = 1, burst = false, soundAhead = 0 } = options;
    const { clock } = this.recording.source;
    for (let frame = 0; frame < Math.round(seconds * fps); frame++) {
      this.#hear(this.#filmed + soundAhead, speed);
      this.#show(speed);
      this.#filmed += 1 / fps;
      if (!burst) clock.advance(1000 / fps);
      if (frame % 5 === 0) await setImmediate();
    }
  }

  async end(): Promise<void> {
    await this.recording.end();
  }

  #show(speed: number): void {
    const { source } = this.recording;
    const pts = this.#video.ticks(wrapped((this.#base + this.#filmed * speed) * VIDEO), this.#now);
    const dts = this.#order.dts(pts);
    source.frame(source.video!, dts / VIDEO, { key: this.#shown++ % 25 === 0, pts: pts / VIDEO, bytes: 120 });
    this.sent.video++;
  }

  #hear(until: number, speed: number): void {
    const { source } = this.recording;
    for (; (this.#heard * UNIT) / AUDIO <= until; this.#heard++) {
      const rtp = wrapped(this.#base * AUDIO + this.#heard * UNIT * speed);
      source.frame(source.audio!, this.#audio.ticks(rtp, this.#now) / AUDIO, { bytes: 30 });
      if (this.#shown > 0) this.sent.audio++;
    }
  }

  get #now(): number {
    return this.recording.source.clock.monotonic();
  }
}
