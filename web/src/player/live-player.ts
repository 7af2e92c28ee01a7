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
import { IDLE, type PlayerSnapshot, type PlayerVideo } from './player-snapshot.ts';

export type { PlayerSnapshot, PlayerVideo } from './player-snapshot.ts';

const TICK_MS = 500;
const OPENING_LIMIT_MS = 15_000;
const STALL_LIMIT_MS = 5000;
const STEADY_MS = 5000;
/** Times that footage is opened anew before the live picture is shown again. */
const REWIND_TRIES = 3;
/** Milliseconds within which presses add up. */
const TURN_MS = 250;
/** Seconds behind live below which live itself is what is wanted. */
const LIVE_WITHIN = 4;
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
  readonly #openRewound: ((behind: number) => OpenPlayback<Video>) | undefined;
  /** Seconds behind live that are wanted; null for live. */
  #behind: number | null = null;
  /** The same as somebody who still presses keys wants it. */
  #wish: number | null = null;
  #cancelTurn: () => void = () => undefined;

  constructor(options: {
    video: Video;
    open: OpenPlayback<Video>;
    /** Opens footage so many seconds behind live; absent: there is no going back. */
    rewound?: (behind: number) => OpenPlayback<Video>;
    clock: Clock;
    random: () => number;
  }) {
    this.#openRewound = options.rewound;
    this.#video = options.video;
    this.#open = options.open;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#snapshot = { ...IDLE, muted: options.video.muted };
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
    this.#behind = null;
    this.#forgetWish();
    if (wanted) this.#begin();
    else this.#end({ phase: 'idle', fault: null });
  }

  /** Goes back so many seconds from what is seen, into recorded footage; forward when negative, up to live. */
  rewind(seconds: number): void {
    if (this.#openRewound === undefined || this.#snapshot.phase === 'idle') return;
    const latency = this.#snapshot.phase === 'opening' ? null : this.#playback?.latency();
    const seen = this.#wish ?? latency ?? this.#behind ?? 0;
    this.#wish = Math.max(0, seen + seconds);
    this.#cancelTurn();
    this.#cancelTurn = this.#clock.after(TURN_MS, this.#turn);
  }

  /** Back to the live picture, by its best way. */
  toLive(): void {
    this.#forgetWish();
    if (this.#behind === null) return;
    this.#behind = null;
    this.#failures = 0;
    this.#begin();
  }

  /** To where the presses of the last moment lead. */
  readonly #turn = (): void => {
    const { phase, rewound } = this.#snapshot;
    // An element that is given two sources within milliseconds may show neither: what is opening is waited for.
    if (rewound && phase === 'opening') {
      this.#cancelTurn = this.#clock.after(TURN_MS, this.#turn);
      return;
    }
    const behind = this.#wish ?? 0;
    this.#forgetWish();
    if (behind < LIVE_WITHIN) {
      this.toLive();
      return;
    }
    this.#behind = behind;
    this.#movedAt = this.#clock.now();
    if (rewound && this.#playback?.goTo?.(behind)) return;
    this.#failures = 0;
    this.#begin();
  };

  #forgetWish(): void {
    this.#wish = null;
    this.#cancelTurn();
    this.#cancelTurn = () => undefined;
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
    this.#forgetWish();
    this.#end({ phase: 'idle', fault: null });
    this.#listeners.clear();
  }

  #begin(): void {
    const behind = this.#behind;
    this.#end({ phase: 'opening', rewound: behind !== null, protocol: behind === null ? null : 'hls' });
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
    const open = behind === null ? this.#open : (this.#openRewound?.(behind) ?? this.#open);
    open(this.#video, events).then(
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
    this.#update({ retryAt: null, latency: null, moment: null, hasAudio: null, rewound: false, ...change });
  }

  #fail(run: number, fault: PlaybackFault): void {
    if (run !== this.#run) return;
    if (this.#behind !== null && (FINAL.includes(fault) || this.#failures >= REWIND_TRIES)) {
      // Live goes on, whatever is wrong with footage.
      this.#behind = null;
      this.#update({ rewindFault: fault });
      this.#failures = 0;
      this.#begin();
      return;
    }
    if (FINAL.includes(fault)) {
      this.#end({ phase: 'ended', fault });
      return;
    }
    const pause = backOff(this.#failures, this.#random);
    this.#failures += 1;
    const rewound = this.#behind !== null;
    this.#end({ phase: 'retrying', fault, rewound, retryAt: this.#clock.now() + pause });
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
      const found = this.#behind === null ? {} : { rewindFault: null };
      this.#update({ phase: 'playing', fault: null, ...found });
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
    if (this.#behind !== null) this.#behind = latency ?? this.#behind;
    this.#update({
      latency: latency === null ? null : Math.round(latency * 10) / 10,
      moment: this.#behind === null ? null : (this.#playback.moment?.() ?? null),
    });
  };

  #update(change: Partial<PlayerSnapshot>): void {
    const before = this.#snapshot;
    const keys = Object.keys(change) as (keyof PlayerSnapshot)[];
    if (keys.every((key) => before[key] === change[key])) return;
    this.#snapshot = { ...before, ...change };
    for (const listener of this.#listeners) listener();
  }
}
