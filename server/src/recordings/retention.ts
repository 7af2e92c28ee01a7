import type { Clock, Log } from '../kernel/index.ts';

interface Options {
  clock: Clock;
  log: Log;
  /** Streams with the days their footage is kept. */
  policies: () => Promise<readonly { streamId: string; days: number }[]>;
  /** Deletes what ended before the time; answers how many files. */
  deleteOlder: (streamId: string, endedBefore: string) => Promise<number>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_STEP_MS = 5 * 60_000;

/**
 * Deletes footage that is older than its stream allows, every hour and whenever asked. While the clock is
 * more than 5 minutes off what the time since the start makes it, nothing is deleted: a wrong year must
 * not empty the disk. A step that was right is confirmed by starting the program again.
 */
export class Retention {
  readonly #options: Options;
  readonly #offset: number;
  readonly #cancel: () => void;
  #sweeping: Promise<void> | undefined;
  #closed = false;
  #warned = false;

  constructor(options: Options) {
    this.#options = options;
    const { clock } = options;
    this.#offset = clock.utc() - clock.monotonic();
    this.#cancel = clock.every(HOUR_MS, () => void this.sweep());
  }

  /** One pass over all streams; a second call joins the one under way. Never rejects. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#sweeping;
  }

  get frozen(): boolean {
    const { clock } = this.#options;
    return Math.abs(clock.utc() - clock.monotonic() - this.#offset) > MAX_STEP_MS;
  }

  async #sweep(): Promise<void> {
    const { clock, log, policies, deleteOlder } = this.#options;
    if (this.frozen) {
      if (!this.#warned)
        log.error('the clock stepped: no footage is deleted until it is back or the program starts again');
      this.#warned = true;
      return;
    }
    try {
      for (const { streamId, days } of await policies()) {
        if (this.#closed) return;
        const files = await deleteOlder(streamId, new Date(clock.utc() - days * DAY_MS).toISOString());
        if (files > 0) log.info({ stream: streamId, files }, 'old footage deleted');
      }
    } catch (error) {
      log.warn({ err: error }, 'old footage could not be deleted; it is tried again within the hour');
    }
  }
}
