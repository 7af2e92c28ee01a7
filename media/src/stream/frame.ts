import type { Slab } from './slab.ts';
import type { Track } from './track.ts';

/** Bytes kept free before every payload for the one-sample fragment head (moof 104 + mdat header 8). */
export const FRAME_HEADROOM = 112;

/**
 * One access unit inside a slab: `[start, payload)` is the fragment head, `[payload, end)` the sample
 * (video: NAL units, each with a 4-byte length; audio: one raw access unit). Valid while the slab is retained.
 */
export class Frame {
  readonly track: Track;
  readonly slab: Slab;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
  /** Decode and presentation time in ticks of `track.format.clockRate`, monotonic from the stream's media zero. */
  readonly dts: number;
  readonly pts: number;
  /** Ticks. An estimate (the last one seen) until the next frame of the track arrives, then exact. */
  duration: number;
  /** A decoder can start here (video IDR/IRAP; every audio frame). */
  readonly key: boolean;
  /** UTC in milliseconds when the frame was complete, by the clock of the stream. */
  readonly arrival: number;

  constructor(
    track: Track,
    slab: Slab,
    start: number,
    end: number,
    dts: number,
    pts: number,
    duration: number,
    key: boolean,
    arrival: number,
  ) {
    this.track = track;
    this.slab = slab;
    this.start = start;
    this.payload = start + FRAME_HEADROOM;
    this.end = end;
    this.dts = dts;
    this.pts = pts;
    this.duration = duration;
    this.key = key;
    this.arrival = arrival;
  }
}
