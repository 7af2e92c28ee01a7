import type { Clock, Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';
import type { ToWorker } from './messages.ts';
import { postedFrame, postedTrack } from './posting.ts';

export interface FeedPumpOptions {
  readonly id: string;
  readonly stream: Pick<MediaStream, 'attach'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly post: (message: ToWorker, transfer: readonly ArrayBuffer[]) => void;
  /** The worker does not keep up: from now on frames are left out. */
  readonly onBehind: () => void;
  /** The stream was removed or its engine ends. */
  readonly onEnd: () => void;
}

/** Frames the worker may be behind: 2 s of pictures and sound. */
const MAX_PENDING = 150;

/** Carries one stream to the worker for as long as somebody watches it there, from the GOP cache on. */
export class FeedPump implements Reader {
  readonly #options: FeedPumpOptions;
  readonly #waiting = new Set<(known: boolean) => void>();
  #detach: (() => void) | undefined;
  #tracks: readonly Track[] = [];
  #known = false;
  /** Frames that the worker has not dealt with. */
  #pending = 0;
  #allowed = MAX_PENDING;
  #behind = false;

  constructor(options: FeedPumpOptions) {
    this.#options = options;
  }

  start(): void {
    this.#allowed = Number.POSITIVE_INFINITY;
    this.#detach = this.#options.stream.attach(this, true);
    this.#allowed = MAX_PENDING + this.#pending;
  }

  /** Resolves true once the worker knows the stream's tracks, false after `timeout` ms or at the end. */
  known(timeout: number): Promise<boolean> {
    if (this.#known) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (known: boolean): void => {
        cancel();
        this.#waiting.delete(done);
        resolve(known);
      };
      const cancel = this.#options.clock.after(timeout, () => done(false));
      this.#waiting.add(done);
    });
  }

  /** Nobody watches any more: the worker forgets the stream. */
  close(): void {
    this.#detach?.();
    this.#wake(false);
    this.#options.post({ type: 'drop', feed: this.#options.id }, []);
  }

  onTracks(tracks: readonly Track[]): void {
    this.#tracks = tracks;
    this.#options.post({ type: 'tracks', feed: this.#options.id, tracks: tracks.map(postedTrack) }, []);
    if (tracks.length === 0) return;
    this.#known = true;
    this.#wake(true);
  }

  onFrame(frame: Frame): void {
    const index = this.#tracks.indexOf(frame.track);
    if (index < 0 || this.#leftOut(frame)) return;
    this.#pending++;
    const message = postedFrame(this.#options.id, index, frame);
    this.#options.post(message, [message.bytes.buffer]);
  }

  /** So many frames are behind the worker. */
  taken(frames: number): void {
    this.#pending = Math.max(0, this.#pending - frames);
    if (this.#pending <= MAX_PENDING) this.#allowed = MAX_PENDING;
  }

  onEnd(): void {
    this.#options.post({ type: 'end', feed: this.#options.id }, []);
    this.#wake(false);
    this.#options.onEnd();
  }

  /** A worker that does not keep up is given nothing until it has caught up, and then goes on at a key frame. */
  #leftOut(frame: Frame): boolean {
    const starts = frame.key && (frame.track.kind === 'video' || this.#tracks.length === 1);
    if (this.#pending >= this.#allowed) {
      if (!this.#behind) this.#options.onBehind();
      this.#behind = true;
    }
    if (starts && this.#pending <= MAX_PENDING / 2) this.#behind = false;
    return this.#behind;
  }

  #wake(known: boolean): void {
    for (const done of [...this.#waiting]) done(known);
  }
}
