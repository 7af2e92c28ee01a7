import type { ProbeReport } from '@nightjar/contract/link';
import type { Frame, Reader, Track } from '@nightjar/media/stream';
import { trackFact } from '../streams/index.ts';

/** Seconds of media that tell a frame rate, and those after which no key frame is waited for any more. */
const ENOUGH = 3;
const PATIENCE = 12;

interface Seen {
  readonly rate: number;
  first: number;
  last: number;
  frames: number;
  bytes: number;
}

/** Looks at a camera's frames and learns what they are like. */
export class Sight implements Reader {
  #tracks: readonly Track[] = [];
  #video: Seen | undefined;
  #audio: Seen | undefined;
  #keys: { dts: number; frame: number }[] = [];
  #newestPts = Number.NEGATIVE_INFINITY;
  #reordered = false;
  readonly #onEnough: () => void;

  /** `onEnough`: there is nothing more to be learnt by waiting; may be called again. */
  constructor(onEnough: () => void) {
    this.#onEnough = onEnough;
  }

  /** Seconds of the leading track so far. */
  get seconds(): number {
    return secondsOf(this.#video ?? this.#audio);
  }

  onTracks(tracks: readonly Track[]): void {
    if (tracks.length > 0) this.#tracks = tracks;
  }

  onFrame(frame: Frame): void {
    if (frame.track.kind === 'audio') this.#audio = note(this.#audio, frame);
    else this.#picture(frame);
    const { seconds } = this;
    const whole = this.#keys.length >= 2 || this.#video === undefined;
    if ((seconds >= ENOUGH && whole) || seconds >= PATIENCE) this.#onEnough();
  }

  onEnd(): void {
    // Whoever looks ends it.
  }

  /** What was learnt. */
  get facts(): Pick<ProbeReport, 'tracks' | 'seconds' | 'video' | 'audio'> {
    const video = this.#video;
    const audio = this.#audio;
    return {
      tracks: this.#tracks.map(trackFact),
      seconds: rounded(this.seconds),
      ...(video && {
        video: { ...this.#group, b_frames: this.#reordered, bitrate: bitrateOf(video), ...frameRate(video) },
      }),
      ...(audio && { audio: { bitrate: bitrateOf(audio) } }),
    };
  }

  get #group(): { gop_seconds: number | null; gop_frames: number | null } {
    const [first, last] = [this.#keys[0], this.#keys.at(-1)];
    const groups = this.#keys.length - 1;
    if (!first || !last || groups < 1) return { gop_seconds: null, gop_frames: null };
    const rate = this.#video!.rate;
    return {
      gop_seconds: rounded((last.dts - first.dts) / rate / groups),
      gop_frames: Math.round((last.frame - first.frame) / groups),
    };
  }

  #picture(frame: Frame): void {
    this.#video = note(this.#video, frame);
    if (frame.key) this.#keys.push({ dts: frame.dts, frame: this.#video.frames });
    // A promise to reorder delays all pictures alike; only those that really come out of order count.
    if (frame.pts < this.#newestPts) this.#reordered = true;
    this.#newestPts = Math.max(this.#newestPts, frame.pts);
  }
}

function note(seen: Seen | undefined, frame: Frame): Seen {
  const { dts, track, payload, end } = frame;
  const now = seen ?? { rate: track.format.clockRate, first: dts, last: dts, frames: 0, bytes: 0 };
  now.last = Math.max(now.last, dts);
  now.frames++;
  now.bytes += end - payload;
  return now;
}

const secondsOf = (seen: Seen | undefined): number => (seen ? (seen.last - seen.first) / seen.rate : 0);

function bitrateOf(seen: Seen): number {
  const seconds = secondsOf(seen);
  return seconds > 0 ? Math.round((seen.bytes * 8) / seconds) : 0;
}

function frameRate(seen: Seen): { frame_rate: number | null } {
  const seconds = secondsOf(seen);
  return { frame_rate: seconds > 0 ? rounded((seen.frames - 1) / seconds) : null };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
