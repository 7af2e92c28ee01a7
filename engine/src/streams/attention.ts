import { restoreFragment } from '@nightjar/media/mp4';
import type { Clock, MediaStream, SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';

/** Milliseconds for which a stream stays in memory after the last who wanted it. */
const LINGER = 10_000;
/** Milliseconds that whoever comes waits for a disk: longer, and they begin at the next key frame instead. */
const PATIENCE = 300;
/** The meter and the recorder: readers that need nothing of what was. */
const OWN_READERS = 2;

export interface AttentionOptions {
  readonly streamId: string;
  readonly media: Pick<MediaStream, 'readerCount' | 'recall'>;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly log: Pick<Log, 'warn'>;
}

/** Whether somebody wants a stream from its last key frame on: else what is on disk of that need not be in memory. */
export class Attention {
  readonly #options: AttentionOptions;
  #until = Number.NEGATIVE_INFINITY;
  #recalling: Promise<void> | undefined;

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  /** Nobody has wanted it for a while. */
  get resting(): boolean {
    const { media, clock } = this.#options;
    if (media.readerCount > OWN_READERS) this.#linger();
    return clock.monotonic() >= this.#until;
  }

  /** Somebody comes: resolves as `recall`, and nothing is let go of for a while. */
  attend(): Promise<void> {
    this.#linger();
    return this.recall();
  }

  /** Resolves when a reader can begin at the last key frame, or when that is not to be waited for. */
  async recall(): Promise<void> {
    this.#recalling ??= this.#readBack();
    if (!this.#recalling) return;
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(PATIENCE, resolve);
    });
    await Promise.race([this.#recalling, late]);
    cancel();
  }

  #readBack(): Promise<void> | undefined {
    const { streamId, media, pool, log } = this.#options;
    return media
      .recall(pool, restoreFragment)
      ?.catch((error: unknown) => {
        log.warn('the newest pictures could not be read back', { stream_id: streamId, error });
      })
      .finally(() => {
        this.#recalling = undefined;
      });
  }

  #linger(): void {
    this.#until = this.#options.clock.monotonic() + LINGER;
  }
}
