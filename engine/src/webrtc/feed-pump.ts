import type { Clock, Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';
import type { ToWorker } from './messages.ts';
import { postedFrame, postedTrack } from './posting.ts';

export interface FeedPumpOptions {
  readonly id: string;
  readonly stream: Pick<MediaStream, 'attach'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly post: (message: ToWorker, transfer: readonly ArrayBuffer[]) => void;
  /** The stream was removed or its engine ends. */
  readonly onEnd: () => void;
}

/** Carries one stream to the worker for as long as somebody watches it there, from the GOP cache on. */
export class FeedPump implements Reader {
  readonly #options: FeedPumpOptions;
  readonly #waiting = new Set<(known: boolean) => void>();
  #detach: (() => void) | undefined;
  #tracks: readonly Track[] = [];
  #known = false;

  constructor(options: FeedPumpOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.stream.attach(this, true);
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
    if (index < 0) return;
    const message = postedFrame(this.#options.id, index, frame);
    this.#options.post(message, [message.bytes.buffer]);
  }

  onEnd(): void {
    this.#options.post({ type: 'end', feed: this.#options.id }, []);
    this.#wake(false);
    this.#options.onEnd();
  }

  #wake(known: boolean): void {
    for (const done of [...this.#waiting]) done(known);
  }
}
