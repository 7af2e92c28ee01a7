import type { Clock } from '../clock/clock.ts';
import { backOff } from './back-off.ts';
import {
  type FallBack,
  type OpenPlayback,
  type Playback,
  PlaybackError,
  type PlaybackFault,
  type Protocol,
} from './playback.ts';

/** `idle` is not wanted now; `blocked` waits for a click; `ended` will not try again by itself. */
export type PlayerPhase = 'idle' | 'opening' | 'playing' | 'buffering' | 'retrying' | 'blocked' | 'ended';

/** What a view shows. A new object at each change. */
export interface PlayerSnapshot {
  readonly phase: PlayerPhase;
  /** Why the last playback ended; null after a picture. */
  readonly fault: PlaybackFault | null;
  /** Time of the clock at which the next attempt begins; only while `retrying`. */
  readonly retryAt: number | null;
  /** Seconds behind live to one decimal; null while unknown. */
  readonly latency: number | null;
  readonly muted: boolean;
  /** null until the stream says so. */
  readonly hasAudio: boolean | null;
  /** Which way the picture comes; null before it does. */
  readonly protocol: Protocol | null;
  /** Better ways that were given up. */
  readonly fallBacks: readonly FallBack[];
}

/** What the player needs of a video element. */
export interface PlayerVideo extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly currentTime: number;
  muted: boolean;
  play(): Promise<void>;
}

const TICK_MS = 500;
const OPENING_LIMIT_MS = 15_000;
const STALL_LIMIT_MS = 5000;
const STEADY_MS = 5000;
/** Trying again cannot help until something else changes. */
const FINAL: readonly PlaybackFault[] = ['unauthorized', 'forbidden', 'unsupported'];
const WATCHED = ['playing', 'waiting', 'pause', 'volumechange'] as const;

const isRefusedAutoplay = (error: unknown): boolean =>
  error instanceof Error && error.name === 'NotAllowedError';

/**
 * Keeps one stream playing in one video element while it is wanted: opens playbacks, watches that the picture
 * moves, and begins again with back-off when one dies. Knows no protocol and no framework.
 */
export class LivePlayer<Video extends PlayerVideo = HTMLVideoElement> {
  readonly #video: Video;
  readonly #open: OpenPlayback<Video>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #listeners = new Set<() => void>();
  #snapshot: PlayerSnapshot;
  #playback: Playback | null = null;
  /** Counts attempts, so that news of an older one is told apart. */
  #run = 0;
  #failures = 0;
  #movedAt = 0;
  #movedFrom = 0;
  #playingSince: number | null = null;
  #cancel: () => void = () => undefined;

  constructor(options: { video: Video; open: OpenPlayback<Video>; clock: Clock; random: () => number }) {
    this.#video = options.video;
    this.#open = options.open;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#snapshot = {
      phase: 'idle',
      fault: null,
      retryAt: null,
      latency: null,
      muted: options.video.muted,
      hasAudio: null,
      protocol: null,
      fallBacks: [],
    };
    for (const type of WATCHED) this.#video.addEventListener(type, this.#onVideo);
  }

  get snapshot(): PlayerSnapshot {
    return this.#snapshot;
  }

  /** Calls `listener` after each change; returns its removal. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether a picture is wanted now: the stream is live and somebody can see it. */
  setWanted(wanted: boolean): void {
    if (wanted === (this.#snapshot.phase !== 'idle')) return;
    this.#failures = 0;
    if (wanted) this.#begin();
    else this.#end({ phase: 'idle', fault: null });
  }

  /** Begins again at once, for a person who does not want to wait. */
  retry(): void {
    if (this.#snapshot.phase === 'idle') return;
    this.#failures = 0;
    this.#begin();
  }

  /** After `blocked`: plays from the live edge; call it from a click. */
  resume(): void {
    if (this.#playback === null) return;
    this.#playback.toLiveEdge();
    this.#movedAt = this.#clock.now();
    this.#play(this.#run);
  }

  /** Bytes of media that the playback received; null while unknown. */
  received(): number | null {
    return this.#playback?.received?.() ?? null;
  }

  setMuted(muted: boolean): void {
    this.#video.muted = muted;
    this.#update({ muted });
  }

  /** Stops for good. Idempotent. */
  close(): void {
    for (const type of WATCHED) this.#video.removeEventListener(type, this.#onVideo);
    this.#end({ phase: 'idle', fault: null });
    this.#listeners.clear();
  }

  #begin(): void {
    this.#end({ phase: 'opening' });
    const run = this.#run;
    this.#movedAt = this.#clock.now();
    this.#movedFrom = this.#video.currentTime;
    this.#cancel = this.#clock.after(TICK_MS, this.#tick);
    const events = {
      onFault: (fault: PlaybackFault) => this.#fail(run, fault),
      onAudio: (hasAudio: boolean) => {
        if (run === this.#run) this.#update({ hasAudio });
      },
      onProtocol: (protocol: Protocol, fallBacks: readonly FallBack[]) => {
        if (run === this.#run) this.#update({ protocol, fallBacks });
      },
    };
    this.#open(this.#video, events).then(
      (playback) => {
        if (run !== this.#run) return playback.close();
        this.#playback = playback;
        this.#play(run);
      },
      (error: unknown) => this.#fail(run, error instanceof PlaybackError ? error.fault : 'network'),
    );
  }

  #end(change: Partial<PlayerSnapshot>): void {
    this.#run += 1;
    this.#cancel();
    this.#cancel = () => undefined;
    const playback = this.#playback;
    this.#playback = null;
    this.#playingSince = null;
    playback?.close();
    this.#update({ retryAt: null, latency: null, hasAudio: null, ...change });
  }

  #fail(run: number, fault: PlaybackFault): void {
    if (run !== this.#run) return;
    if (FINAL.includes(fault)) {
      this.#end({ phase: 'ended', fault });
      return;
    }
    const pause = backOff(this.#failures, this.#random);
    this.#failures += 1;
    this.#end({ phase: 'retrying', fault, retryAt: this.#clock.now() + pause });
    this.#cancel = this.#clock.after(pause, () => this.#begin());
  }

  #play(run: number): void {
    this.#video.play().catch((error: unknown) => {
      // Anything but a refusal is a playback that ended meanwhile, and its own events tell.
      if (run !== this.#run || !isRefusedAutoplay(error)) return;
      if (this.#video.muted) {
        this.#update({ phase: 'blocked' });
        return;
      }
      this.setMuted(true);
      this.#play(run);
    });
  }

  readonly #onVideo = (event: Event): void => {
    if (event.type === 'volumechange') this.#update({ muted: this.#video.muted });
    if (this.#playback === null) return;
    if (event.type === 'pause') this.#update({ phase: 'blocked' });
    if (event.type === 'waiting' && this.#snapshot.phase === 'playing') this.#update({ phase: 'buffering' });
    if (event.type === 'playing') {
      this.#movedAt = this.#clock.now();
      this.#playingSince = this.#clock.now();
      this.#update({ phase: 'playing', fault: null });
    }
  };

  readonly #tick = (): void => {
    this.#cancel = this.#clock.after(TICK_MS, this.#tick);
    const now = this.#clock.now();
    if (this.#video.currentTime !== this.#movedFrom) {
      this.#movedFrom = this.#video.currentTime;
      this.#movedAt = now;
    }
    const { phase } = this.#snapshot;
    if (phase === 'blocked') return;
    const limit = phase === 'opening' ? OPENING_LIMIT_MS : STALL_LIMIT_MS;
    if (now - this.#movedAt >= limit) {
      this.#fail(this.#run, 'stalled');
      return;
    }
    if (this.#playingSince !== null && now - this.#playingSince >= STEADY_MS) this.#failures = 0;
    if (phase !== 'playing' || this.#playback === null) return;
    this.#playback.keepUp();
    const latency = this.#playback.latency();
    this.#update({ latency: latency === null ? null : Math.round(latency * 10) / 10 });
  };

  #update(change: Partial<PlayerSnapshot>): void {
    const before = this.#snapshot;
    const keys = Object.keys(change) as (keyof PlayerSnapshot)[];
    if (keys.every((key) => before[key] === change[key])) return;
    this.#snapshot = { ...before, ...change };
    for (const listener of this.#listeners) listener();
  }
}
