import type { Database } from '../database/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../kernel/index.ts';
import { keyStore, type SentKey } from './store.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 24 * HOUR_MS;

/**
 * Requests that make something are carried out once for each key their caller sends
 * (draft-ietf-httpapi-idempotency-key-header): the same again is answered with what was made.
 */
export class Idempotency {
  readonly #options: Options;
  readonly #stop: () => void;

  constructor(options: Options) {
    this.#options = options;
    this.#stop = options.clock.every(HOUR_MS, () => void this.#forget());
  }

  /** Keys of requests that a program before did not finish are free again. */
  start(): Promise<void> {
    return keyStore.forgetUnmade(this.#options.database.sql);
  }

  /**
   * Makes something unless it was made for this key; answers with its id. Throws CONFLICT while the same request
   * is under way, and INVALID_CONFIGURATION when the key came with another request.
   */
  async once(sent: SentKey, make: () => Promise<string>): Promise<{ objectId: string; again: boolean }> {
    const { database, clock } = this.#options;
    if (await database.together((sql) => keyStore.take(sql, sent, isoNow(clock)))) {
      try {
        const objectId = await make();
        await database.together((sql) => keyStore.made(sql, sent, objectId));
        return { objectId, again: false };
      } catch (error) {
        await keyStore.giveBack(database.sql, sent);
        throw error;
      }
    }
    const known = await keyStore.find(database.sql, sent);
    if (known && known.request !== sent.request) {
      const message = 'was sent with another request before';
      throw new DomainError('INVALID_CONFIGURATION', `Idempotency-Key: ${message}`, {
        issues: [{ field: 'Idempotency-Key', message }],
      });
    }
    if (!known?.object_id)
      throw new DomainError('CONFLICT', 'A request with this Idempotency-Key is under way');
    return { objectId: known.object_id, again: true };
  }

  close(): void {
    this.#stop();
  }

  async #forget(): Promise<void> {
    const { database, clock, log } = this.#options;
    const before = new Date(clock.utc() - KEPT_MS).toISOString();
    await keyStore
      .forget(database.sql, before)
      .catch((error: unknown) => log.warn({ err: error }, 'old idempotency keys could not be forgotten'));
  }
}
