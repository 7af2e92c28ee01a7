import type { Clock, MediaStream } from '@nightjar/media/stream';

/** Waits for the tracks of a stream. */
export class TracksKnown {
  readonly #media: MediaStream;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = new Set<() => void>();

  constructor(media: MediaStream, clock: Pick<Clock, 'after'>) {
    this.#media = media;
    this.#clock = clock;
  }

  /** Something changed: whoever waits may have it. */
  look(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves true when they are known; false after `timeout` ms, on abort, or when there is no hope. */
  wait(asked: { timeout: number; signal: AbortSignal; hopeless: () => boolean }): Promise<boolean> {
    const { timeout, signal, hopeless } = asked;
    const known = (): boolean => this.#media.tracks.length > 0;
    if (known() || signal.aborted) return Promise.resolve(known());
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(look);
        signal.removeEventListener('abort', done);
        resolve(known());
      };
      const look = (): void => {
        if (known() || hopeless()) done();
      };
      const cancel = this.#clock.after(timeout, done);
      this.#waiting.add(look);
      signal.addEventListener('abort', done);
      look();
    });
  }
}
