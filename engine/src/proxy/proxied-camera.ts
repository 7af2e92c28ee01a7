import type { DesiredSource } from '@nightjar/contract/link';
import { stampFragment } from '@nightjar/media/mp4';
import { type Clock, MediaStream, type SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { SourceError, type StartSource } from '../sources/index.ts';

export interface CameraOptions {
  readonly source: DesiredSource;
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly pool: SlabPool;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** Nobody watches any more, or it is lost; may be called again. */
  readonly onOver: () => void;
}

/** Losses in a row after which a camera that was live is given up, and milliseconds between attempts. */
const ATTEMPTS = 5;
const PAUSE = 1_000;

/** A camera that is pulled for those who watch just now, and known to nobody else. */
export class ProxiedCamera {
  readonly media = new MediaStream({ stamp: stampFragment });
  readonly #options: CameraOptions;
  readonly #zero: number;
  readonly #ending = new AbortController();
  readonly #lost = new AbortController();
  #watching = 0;
  #attempts = 0;
  #wasLive = false;

  constructor(options: CameraOptions) {
    this.#options = options;
    this.#zero = options.clock.monotonic();
    void this.#run();
  }

  /** Aborted, with the SourceError as its reason, when there will be no more pictures. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** One more watches; the returned function, which is idempotent, takes it back. */
  watch(): () => void {
    this.#watching++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (--this.#watching === 0) this.close();
    };
  }

  /** Idempotent. */
  close(): void {
    this.#options.onOver();
    this.#ending.abort(new DOMException('nobody watches', 'AbortError'));
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    let error = await this.#once();
    while (!signal.aborted && this.#worthAnother(error)) {
      await this.#pause();
      if (!signal.aborted) error = await this.#once();
    }
    this.#options.onOver();
    this.#lost.abort(error);
    this.media.end();
  }

  async #once(): Promise<SourceError> {
    const { source, sources, pool, clock, log } = this.#options;
    const start = sources.get(source.url.slice(0, source.url.indexOf(':') + 1));
    if (!start) return new SourceError('not_rtsp', 'no source reads this kind of URL');
    const run = start({
      source,
      stream: this.media,
      pool,
      clock,
      zero: this.#zero,
      signal: this.#ending.signal,
      onReady: () => undefined,
      onLive: () => {
        this.#wasLive = true;
        this.#attempts = 0;
      },
    });
    try {
      return await run.run();
    } catch (error) {
      if (error instanceof SourceError) return error;
      if (!this.#ending.signal.aborted) log.error('a proxied camera failed in an unexpected way', { error });
      return new SourceError('internal', 'an internal error ended the connection');
    }
  }

  #worthAnother({ fault }: SourceError): boolean {
    return (
      this.#wasLive && ++this.#attempts <= ATTEMPTS && fault !== 'auth_failed' && fault !== 'target_denied'
    );
  }

  #pause(): Promise<void> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(PAUSE, done);
      signal.addEventListener('abort', done);
    });
  }
}
