import { PlaybackError, type PlaybackFault } from '../playback.ts';
import type { OpenRecorded, RecordedPlayback, Span } from './recorded-playback.ts';

/** `ended` came to the end of the span; `failed` has a fault and begins again on demand. */
export type RecordedPhase = 'opening' | 'playing' | 'paused' | 'buffering' | 'ended' | 'failed';

/** What a view shows. A new object at each change. */
export interface RecordedSnapshot {
  readonly phase: RecordedPhase;
  readonly fault: PlaybackFault | null;
  /** The moment that is seen, UTC milliseconds. */
  readonly at: number;
  readonly rate: number;
  readonly muted: boolean;
  /** null until the footage says so. */
  readonly hasAudio: boolean | null;
}

/** What the player needs of a video element. */
export interface RecordedVideo extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  currentTime: number;
  playbackRate: number;
  muted: boolean;
  readonly paused: boolean;
  play(): Promise<void>;
  pause(): void;
  /** Tells the time of the next picture that is shown; older browsers lack it. */
  requestVideoFrameCallback?(callback: (now: number, picture: { mediaTime: number }) => void): number;
}

/** Offered speeds, from slow to fast. */
export const RATES = [0.5, 1, 2, 4, 8] as const;
const WATCHED = ['playing', 'waiting', 'pause', 'timeupdate', 'seeking', 'ended', 'volumechange'] as const;
/** Frames a second while nothing is known of the camera. */
const USUAL_FPS = 25;

/** Plays recorded footage of one span in one video element. Knows no protocol and no framework. */
export class RecordedPlayer<Video extends RecordedVideo = HTMLVideoElement> {
  readonly span: Span;
  readonly #video: Video;
  readonly #open: OpenRecorded<Video>;
  readonly #listeners = new Set<() => void>();
  #playback: RecordedPlayback | null = null;
  /** Counts attempts, so that news of an older one is told apart. */
  #run = 0;
  /** Where the picture that is shown begins, and where the last step went; null while unknown. */
  #shown: number | null = null;
  #target: number | null = null;
  #snapshot: RecordedSnapshot;

  constructor(options: { video: Video; open: OpenRecorded<Video>; span: Span }) {
    this.span = options.span;
    this.#video = options.video;
    this.#open = options.open;
    const { start } = options.span;
    this.#snapshot = { phase: 'opening', fault: null, at: start, rate: 1, muted: true, hasAudio: null };
    for (const type of WATCHED) this.#video.addEventListener(type, this.#onVideo);
  }

  get snapshot(): RecordedSnapshot {
    return this.#snapshot;
  }

  /** Calls `listener` after each change; returns its removal. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the footage and plays from the moment that was last seen; also after a fault. */
  start(): void {
    this.#end();
    const run = this.#run;
    const { at } = this.#snapshot;
    const from = at >= this.span.end ? this.span.start : at;
    this.#update({ phase: 'opening', fault: null, at: from, muted: this.#video.muted });
    const events = {
      onFault: (fault: PlaybackFault) => this.#fail(run, fault),
      onAudio: (hasAudio: boolean) => {
        if (run === this.#run) this.#update({ hasAudio });
      },
    };
    this.#open(this.#video, { ...this.span, start: from }, events).then(
      (playback) => {
        if (run !== this.#run) return playback.close();
        this.#playback = playback;
        this.#video.currentTime = playback.positionOf(from);
        this.#watch(run);
        this.#play();
      },
      (error: unknown) => this.#fail(run, error instanceof PlaybackError ? error.fault : 'network'),
    );
  }

  /** Plays or pauses; from the end it begins anew. */
  toggle(): void {
    const { phase } = this.#snapshot;
    if (phase === 'opening') return;
    if (phase === 'failed' || phase === 'ended') this.start();
    else if (this.#video.paused) this.#play();
    else this.#video.pause();
  }

  /** Goes to a moment, inside the span. */
  seek(moment: number): void {
    const at = Math.min(Math.max(moment, this.span.start), this.span.end);
    if (this.#playback === null) return;
    const { phase } = this.#snapshot;
    this.#update({ at, phase: phase === 'ended' ? 'paused' : phase });
    this.#video.currentTime = this.#playback.positionOf(at);
  }

  /** Pauses, and shows the next picture (1) or the one before (-1). */
  step(direction: 1 | -1, fps: number | null): void {
    if (this.#playback === null) return;
    this.#video.pause();
    const length = 1 / (fps || USUAL_FPS);
    const begins = this.#target === null ? this.#shown : this.#target - length / 2;
    // The middle of a picture: its edges are a rounding error away from the next.
    const position = (begins ?? this.#video.currentTime) + (direction + 0.5) * length;
    const at = this.#playback.momentAt(position);
    if (at < this.span.start - 1000 / USUAL_FPS || at > this.span.end) return;
    this.#video.currentTime = position;
    if (this.#shown !== null) this.#target = position;
  }

  setRate(rate: number): void {
    this.#video.playbackRate = rate;
    this.#update({ rate });
  }

  setMuted(muted: boolean): void {
    this.#video.muted = muted;
    this.#update({ muted });
  }

  /** Stops for good. Idempotent. */
  close(): void {
    for (const type of WATCHED) this.#video.removeEventListener(type, this.#onVideo);
    this.#end();
    this.#listeners.clear();
  }

  #watch(run: number): void {
    this.#video.requestVideoFrameCallback?.((_, { mediaTime }) => {
      if (run !== this.#run) return;
      this.#shown = mediaTime;
      this.#target = null;
      this.#watch(run);
    });
  }

  #end(): void {
    this.#run += 1;
    this.#shown = null;
    this.#target = null;
    this.#playback?.close();
    this.#playback = null;
  }

  #fail(run: number, fault: PlaybackFault): void {
    if (run !== this.#run) return;
    this.#end();
    this.#update({ phase: 'failed', fault });
  }

  #play(): void {
    const run = this.#run;
    // An element that was given a new source has forgotten the speed.
    this.#video.playbackRate = this.#snapshot.rate;
    this.#video.play().catch(() => {
      // Refused without a click, or ended meanwhile: a pause in either case.
      if (run === this.#run) this.#update({ phase: 'paused' });
    });
  }

  readonly #onVideo = (event: Event): void => {
    if (event.type === 'volumechange') this.#update({ muted: this.#video.muted });
    const playback = this.#playback;
    if (playback === null) return;
    const at = playback.momentAt(this.#video.currentTime);
    const { phase } = this.#snapshot;
    if (event.type === 'ended' || (at >= this.span.end && phase === 'playing')) {
      this.#update({ phase: 'ended', at: this.span.end });
      if (!this.#video.paused) this.#video.pause();
      return;
    }
    if (phase === 'ended') return;
    this.#update({ at: Math.min(Math.max(at, this.span.start), this.span.end) });
    if (event.type === 'playing') this.#update({ phase: 'playing', fault: null });
    if (event.type === 'pause') this.#update({ phase: 'paused' });
    if (event.type === 'waiting' && !this.#video.paused) this.#update({ phase: 'buffering' });
  };

  #update(change: Partial<RecordedSnapshot>): void {
    const before = this.#snapshot;
    const keys = Object.keys(change) as (keyof RecordedSnapshot)[];
    if (keys.every((key) => before[key] === change[key])) return;
    this.#snapshot = { ...before, ...change };
    for (const listener of this.#listeners) listener();
  }
}
