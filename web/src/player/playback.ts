/** Why a playback ended; each is one sentence in the catalogue. */
export type PlaybackFault =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'network'
  | 'media'
  | 'stalled'
  | 'unsupported';

/** The ways a live picture can come, best first. */
export type Protocol = 'webrtc' | 'mse' | 'hls' | 'mjpeg';

/** A way that was given up, and why. */
export interface FallBack {
  readonly protocol: Protocol;
  readonly fault: PlaybackFault;
  /** What the server said of it, for people. */
  readonly reason: string | undefined;
}

/** One attempt to show a stream in a video element. It dies once; `LivePlayer` makes the next one. */
export interface Playback {
  /** Seconds behind the newest picture the server has; null when not known yet. */
  latency(): number | null;
  /** Called twice a second while playing: keeps the picture near the live edge. */
  keepUp(): void;
  /** Goes to the live edge at once, after a pause. */
  toLiveEdge(): void;
  /** Goes to so many seconds behind live; false when that is not to be had without opening anew. Absent: live alone. */
  goTo?(behind: number): boolean;
  /** The moment that is seen, UTC milliseconds; absent where nobody knows. */
  moment?(): number | null;
  /** Bytes of media received so far; absent where nobody counts. */
  received?(): number;
  /** Releases the video element and every connection. Idempotent. */
  close(): void;
}

/** What a playback tells its owner. Nothing follows `onFault`. */
export interface PlaybackEvents {
  onFault(fault: PlaybackFault): void;
  /** Whether the stream has sound, as soon as it is known. */
  onAudio(hasAudio: boolean): void;
  /** Which way it comes, and which were given up before. */
  onProtocol?(protocol: Protocol, fallBacks: readonly FallBack[]): void;
}

/** A protocol's way to begin; rejects with a `PlaybackError`. */
export type OpenPlayback<Video> = (video: Video, events: PlaybackEvents) => Promise<Playback>;

/** A playback that could not even begin. */
export class PlaybackError extends Error {
  override readonly name = 'PlaybackError';
  readonly fault: PlaybackFault;
  /** What the server said, for people. */
  readonly reason: string | undefined;

  constructor(fault: PlaybackFault, options?: ErrorOptions & { reason?: string | undefined }) {
    super(`playback ended: ${fault}`, options);
    this.fault = fault;
    this.reason = options?.reason;
  }
}

/** The fault behind an HTTP status of a request for media. */
export function faultOfStatus(status: number): PlaybackFault {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 503) return 'not_found';
  return status === 406 || status === 415 || status === 422 ? 'unsupported' : 'network';
}
