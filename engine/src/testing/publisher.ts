import { aac, codecByRtpName, type Format, h264Format } from '@nightjar/media/codecs';
import { stampFragment } from '@nightjar/media/mp4';
import { FrameWriter, MediaStream, type Track } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import { CountingPool } from './counting-pool.ts';

const SPS = Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex');
const PPS = ['68ce0fc8', '68ce3c80'].map((hex) => Buffer.from(hex, 'hex'));

/** A picture of 640x480 at 25 frames/s; `variant` 1 needs another init segment. */
export const videoTrack = (variant = 0): Track => ({
  id: 1,
  kind: 'video',
  format: h264Format([SPS], [PPS[variant]!]),
});

/** AAC, 16 kHz, mono: 64 ms a frame. */
export const audioTrack = (): Track => ({
  id: 2,
  kind: 'audio',
  format: aac.formatFromRecord(Buffer.from('1408', 'hex')),
});

/** G.711, 8 kHz: sound that files hold and browsers do not play. */
export const telephoneTrack = (): Track => ({
  id: 2,
  kind: 'audio',
  format: codecByRtpName('PCMU')!.formatFromRecord(Buffer.alloc(0), {
    width: 0,
    height: 0,
    channels: 1,
    sampleRate: 8000,
  }),
});

/** Motion JPEG, 640x480. */
export const jpegTrack = (): Track => ({
  id: 1,
  kind: 'video',
  format: codecByRtpName('JPEG')!.formatFromRecord(Buffer.alloc(0), {
    width: 640,
    height: 480,
    channels: 0,
    sampleRate: 0,
  }),
});

export interface PlayOptions {
  readonly fps?: number;
  /** Frames from one key frame to the next. */
  readonly gop?: number;
  /** Bytes of each picture. */
  readonly bytes?: number;
  /** Seconds by which sound arrives behind the picture of the same time. */
  readonly soundDelay?: number;
}

export interface PublisherOptions {
  readonly tracks?: readonly Track[];
  /** UTC milliseconds at which its clock begins. */
  readonly utc?: number;
  /** Somebody else's, instead of its own. */
  readonly clock?: FakeClock;
  readonly pool?: CountingPool;
  readonly stream?: MediaStream;
}

/** A stream whose frames a test publishes by hand, in the time of a fake clock. */
export class Publisher {
  readonly clock: FakeClock;
  readonly pool: CountingPool;
  readonly stream: MediaStream;
  #writers = new Map<Track, FrameWriter>();
  #frames = 0;
  #sinceKey = 0;
  #nextVideo = 0;
  #nextAudio = 0;

  constructor(options: PublisherOptions = {}) {
    this.clock = options.clock ?? new FakeClock({ utc: options.utc ?? Date.UTC(2026, 0, 2, 3, 4, 0) });
    this.pool = options.pool ?? new CountingPool();
    this.stream = options.stream ?? new MediaStream({ stamp: stampFragment });
    this.setTracks(options.tracks ?? [videoTrack()]);
  }

  get video(): Track | undefined {
    return this.stream.tracks.find((track) => track.kind === 'video');
  }

  get audio(): Track | undefined {
    return this.stream.tracks.find((track) => track.kind === 'audio');
  }

  /** A new set of tracks, whose first picture is a key frame. */
  setTracks(tracks: readonly Track[]): void {
    this.#closeWriters();
    this.#sinceKey = 0;
    this.#nextVideo = this.#now;
    this.#nextAudio = this.#now;
    const push = this.stream.push.bind(this.stream);
    const { pool, clock } = this;
    for (const track of tracks) this.#writers.set(track, new FrameWriter({ track, pool, clock, push }));
    this.stream.setTracks(tracks);
  }

  /** Publishes one frame now; times in seconds of the media clock. */
  frame(track: Track, dts: number, options: { key?: boolean; pts?: number; bytes?: number } = {}): void {
    const { key = true, pts = dts, bytes = 40 } = options;
    const writer = this.#writers.get(track)!;
    const payload = Buffer.alloc(bytes, this.#frames++);
    // Of an IDR picture or another (ITU-T H.264 7.4.1); what follows is not read by anybody here.
    if (track.kind === 'video') payload[0] = key ? 0x65 : 0x41;
    writer.begin();
    if (track.kind === 'video') writer.nal(payload, 0, payload.length);
    else writer.append(payload, 0, payload.length);
    writer.finish(ticks(dts, track.format), ticks(pts, track.format), key);
  }

  /** Advances the clock by `seconds` and publishes what a camera would meanwhile; goes on where it stopped. */
  play(seconds: number, { fps = 25, gop = 25, bytes = 400, soundDelay = 0 }: PlayOptions = {}): void {
    const end = this.#now + seconds;
    const [video, audio] = [this.video, this.audio];
    for (;;) {
      const next = Math.min(
        video ? this.#nextVideo : Infinity,
        audio ? this.#nextAudio + soundDelay : Infinity,
      );
      if (next >= end - 1e-9) break;
      this.clock.advance(Math.max(0, next - this.#now) * 1000);
      if (video && next === this.#nextVideo) {
        this.frame(video, next, { key: this.#sinceKey % gop === 0, bytes });
        this.#sinceKey = (this.#sinceKey % gop) + 1;
        this.#nextVideo += 1 / fps;
      } else {
        this.frame(audio!, this.#nextAudio, { bytes: 90 });
        this.#nextAudio += 1024 / 16_000;
      }
    }
    this.clock.advance(Math.max(0, end - this.#now) * 1000);
  }

  /** The source is gone: no tracks. */
  lose(): void {
    this.setTracks([]);
  }

  /** Ends the stream and gives everything back that this publisher holds. */
  close(): void {
    this.#closeWriters();
    this.stream.end();
  }

  get #now(): number {
    return this.clock.monotonic() / 1000;
  }

  #closeWriters(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers = new Map();
  }
}

const ticks = (seconds: number, { clockRate }: Format): number => Math.round(seconds * clockRate);
