import type { FallBack, PlaybackFault, Protocol } from './playback.ts';

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
  /** Whether recorded footage is seen instead of the live picture. */
  readonly rewound: boolean;
  /** The moment that is seen while rewound, UTC milliseconds; null while unknown. */
  readonly moment: number | null;
  /** Why the last try to go back did not; null before, and once it did. */
  readonly rewindFault: PlaybackFault | null;
}

/** What the player needs of a video element. */
export interface PlayerVideo extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly currentTime: number;
  muted: boolean;
  play(): Promise<void>;
}

/** Before anything is wanted. */
export const IDLE: PlayerSnapshot = {
  phase: 'idle',
  fault: null,
  retryAt: null,
  latency: null,
  muted: true,
  hasAudio: null,
  protocol: null,
  fallBacks: [],
  rewound: false,
  moment: null,
  rewindFault: null,
};
