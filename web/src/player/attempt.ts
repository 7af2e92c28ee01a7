import { PlaybackError, type PlaybackEvents, type PlaybackFault } from './playback.ts';

/** How a playback begins and ends once: until its first picture who opened it hears what is wrong, then who watches. */
export class Attempt {
  readonly #events: Pick<PlaybackEvents, 'onFault'>;
  readonly #release: () => void;
  readonly #first = Promise.withResolvers<void>();
  #shown = false;
  #over = false;

  /** `release` is called once, when it is over. */
  constructor(events: Pick<PlaybackEvents, 'onFault'>, release: () => void) {
    this.#events = events;
    this.#release = release;
  }

  /** Resolves with the first picture; rejects with a `PlaybackError`. */
  get opened(): Promise<void> {
    return this.#first.promise;
  }

  get shown(): boolean {
    return this.#shown;
  }

  get over(): boolean {
    return this.#over;
  }

  picture(): void {
    this.#shown = true;
    this.#first.resolve();
  }

  fail(fault: PlaybackFault): void {
    if (this.#over) return;
    this.#end();
    if (this.#shown) this.#events.onFault(fault);
    else this.#first.reject(new PlaybackError(fault));
  }

  /** It could not even be asked for. */
  refuse(error: PlaybackError): void {
    if (this.#over) return;
    this.#end();
    this.#first.reject(error);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#over) this.#end();
    this.#first.reject(new PlaybackError('network'));
    // Nobody need wait for what is closed before it opened.
    this.#first.promise.catch(() => undefined);
  }

  #end(): void {
    this.#over = true;
    this.#release();
  }
}
