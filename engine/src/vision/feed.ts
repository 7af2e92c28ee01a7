import type { FromVision, ToVision, TrackDescription } from '@nightjar/contract/vision';
import type { AudioFormat, Format, VideoFormat } from '@nightjar/media/codecs';
import type { Clock, Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';
import type { Task } from './lane.ts';
import type { Ending } from './worker.ts';

/** Units the process may be behind before frames are left out. */
const MAX_PENDING = 64;
/** Frames of a GOP above which its first picture is shown as well: the newest is a while away. */
const LONG_GOP = 25;
/** Milliseconds the process outlives its last session. */
const LINGER = 1_000;

export interface FeedOptions {
  readonly media: MediaStream;
  readonly kind: 'video' | 'audio';
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of the frames since the last key frame the newest alone is shown, however many there are. */
  readonly fromNewest?: boolean;
  /** Whether key frames alone are enough, so many seconds apart. */
  readonly keysSuffice?: (seconds: number) => boolean;
  /** A number no other session has had. */
  readonly nextId: () => number;
  /** What opens a session on a track: the first message, and what follows it at once. */
  readonly open: (id: number, track: TrackDescription, format: Format) => readonly ToVision[];
  readonly onMessage: (message: FromVision) => void;
  /** The process died; with units of this feed under way, `suspect` is true. */
  readonly onLost: (ending: Ending, suspect: boolean) => void;
  /** The track cannot be decoded, or the stream is over. */
  readonly onFailed: (message: string) => void;
}

/**
 * Hands one track of a stream to the pixel process, session after session: each begins with the frames since the
 * last key frame, and another one when the format changes or the process was replaced.
 */
export class Feed implements Reader, Task {
  readonly linger = LINGER;
  pendingSince: number | undefined;
  /** Frames left out because the process did not keep up. */
  dropped = 0;
  readonly #options: FeedOptions;
  #send: ((message: ToVision) => void) | undefined;
  #detach: (() => void) | undefined;
  #id = 0;
  #track: Track | undefined;
  #pending = 0;
  #allowed = MAX_PENDING;
  #skipping = false;
  /** Of the last key frame, and seconds between the last two. */
  #keyTime: number | undefined;
  #keyStep = Number.POSITIVE_INFINITY;
  /** Frames of the GOP cache while they are being collected. */
  #backlog: Frame[] | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** A message to the session that is open now, if one is. */
  tell(message: (id: number) => ToVision): void {
    if (this.#track) this.#send?.(message(this.#id));
  }

  begin(send: (message: ToVision) => void): void {
    this.#send = send;
    this.#detach?.();
    this.#backlog = [];
    this.#detach = this.#options.media.attach(this, this.#options.kind === 'video');
    const backlog = this.#backlog;
    this.#backlog = undefined;
    this.#allowed = MAX_PENDING + backlog.length;
    for (const [index, frame] of backlog.entries()) {
      const first = index === 0 && backlog.length > LONG_GOP && this.#options.fromNewest !== true;
      this.#give(frame, first || index === backlog.length - 1);
    }
  }

  lost(ending: Ending): void {
    const suspect = this.#pending > 0;
    this.#forget();
    this.#send = undefined;
    this.#detach?.();
    this.#detach = undefined;
    this.#options.onLost(ending, suspect);
  }

  owns(id: number): boolean {
    return this.#track !== undefined && id === this.#id;
  }

  hear(message: FromVision): void {
    if (message.type === 'taken') this.#taken(message.units);
    else if (message.type === 'failed') {
      this.#forget();
      this.#options.onFailed(message.message);
    } else this.#options.onMessage(message);
  }

  onTracks(tracks: readonly Track[]): void {
    this.#endSession();
    const track = tracks.find(({ kind }) => kind === this.#options.kind);
    if (!track) return;
    this.#track = track;
    this.#id = this.#options.nextId();
    this.#skipping = track.kind === 'video';
    for (const message of this.#options.open(this.#id, describe(track.format), track.format))
      this.#send?.(message);
  }

  onFrame(frame: Frame): void {
    if (frame.track !== this.#track) return;
    if (this.#backlog) this.#backlog.push(frame);
    else this.#give(frame, true);
  }

  onEnd(): void {
    this.#endSession();
    this.#options.onFailed('the stream was removed');
  }

  /** Idempotent. */
  close(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#endSession();
    this.#send = undefined;
  }

  #give(frame: Frame, show: boolean): void {
    if (frame.key) this.#measure(frame);
    else if (this.#skipping || this.#options.keysSuffice?.(this.#keyStep)) return;
    this.#skipping = false;
    if (this.#pending >= this.#allowed) {
      this.#skipping = frame.track.kind === 'video';
      this.dropped++;
      return;
    }
    if (this.#pending++ === 0) this.pendingSince = this.#options.clock.monotonic();
    const { slab, payload, end, pts, arrival, key } = frame;
    const data = slab.buffer.subarray(payload, end);
    this.#send?.({ type: 'unit', id: this.#id, unit: { data, time: pts, arrival, key, show } });
  }

  #measure({ pts, track }: Frame): void {
    if (this.#keyTime !== undefined) this.#keyStep = (pts - this.#keyTime) / track.format.clockRate;
    this.#keyTime = pts;
  }

  #taken(units: number): void {
    this.#pending = Math.max(0, this.#pending - units);
    if (this.#pending <= MAX_PENDING) this.#allowed = MAX_PENDING;
    this.pendingSince = this.#pending === 0 ? undefined : this.#options.clock.monotonic();
  }

  #endSession(): void {
    if (this.#track) this.#send?.({ type: 'close', id: this.#id });
    this.#forget();
  }

  #forget(): void {
    this.#keyTime = undefined;
    this.#keyStep = Number.POSITIVE_INFINITY;
    this.#track = undefined;
    this.#pending = 0;
    this.#allowed = MAX_PENDING;
    this.pendingSince = undefined;
  }
}

/** A format in the contract's words. */
export function describe(format: Format): TrackDescription {
  const { width = 0, height = 0 } = format as Partial<VideoFormat>;
  const { channels = 0, sampleRate = 0 } = format as Partial<AudioFormat>;
  return { codec: format.codec.name, record: format.record, width, height, channels, sampleRate };
}
