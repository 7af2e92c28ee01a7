/** Why a playback ended; each is one sentence in the catalogue. */
export type PlaybackFault =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'network'
  | 'media'
  | 'stalled'
  | 'unsupported';

/** One attempt to show a stream in a video element. It dies once; `LivePlayer` makes the next one. */
export interface Playback {
  /** Seconds behind the newest picture the server has; null when not known yet. */
  latency(): number | null;
  /** Called twice a second while playing: keeps the picture near the live edge. */
  keepUp(): void;
  /** Goes to the live edge at once, after a pause. */
  toLiveEdge(): void;
  /** Releases the video element and every connection. Idempotent. */
  close(): void;
}

/** What a playback tells its owner. Nothing follows `onFault`. */
export interface PlaybackEvents {
  onFault(fault: PlaybackFault): void;
  /** Whether the stream has sound, as soon as it is known. */
  onAudio(hasAudio: boolean): void;
}

/** A protocol's way to begin; rejects with a `PlaybackError`. */
export type OpenPlayback<Video> = (video: Video, events: PlaybackEvents) => Promise<Playback>;

/** A playback that could not even begin. */
export class PlaybackError extends Error {
  override readonly name = 'PlaybackError';
  readonly fault: PlaybackFault;

  constructor(fault: PlaybackFault, options?: ErrorOptions) {
    super(`playback ended: ${fault}`, options);
    this.fault = fault;
  }
}
