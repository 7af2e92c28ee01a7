import type { Tier } from '@nightjar/contract/footage';
import type { Database } from '../../database/index.ts';
import type { RemovalReason } from '../segment.ts';
import { type Held, segmentStore } from '../store.ts';
import { distantRemovals } from './distant-removals.ts';
import { limitsStore, type Scope } from './limits-store.ts';
import type { Removed } from './retention.ts';

/** Footage that was deleted. */
export interface FootageDeleted {
  type: 'segment.deleted';
  stream_id: string;
  filename: string;
  reason: RemovalReason;
  /** Bytes that are free again. */
  size: number;
}

/** Deletes files of the hot tier; rejects while it is away. */
export interface DeletesFootage {
  deleteFootage(streamId: string, filenames?: readonly string[]): Promise<void>;
}

const BATCH = 100;

/** Takes footage out of the index and off its tier, oldest first, each file with an event. */
export class Removal {
  readonly #options: { database: Database; happened: (happening: FootageDeleted) => void };

  constructor(options: { database: Database; happened: (happening: FootageDeleted) => void }) {
    this.#options = options;
  }

  /** Closed files of a stream that ended before `endedBefore`; answers how many. */
  older(streamId: string, endedBefore: string, engine: DeletesFootage): Promise<number> {
    const { sql } = this.#options.database;
    return this.#all(() => segmentStore.expired(sql, streamId, endedBefore, BATCH), engine);
  }

  /** The same of a tier. */
  olderIn(tier: Tier, endedBefore: string, engine: DeletesFootage): Promise<number> {
    const { sql } = this.#options.database;
    return this.#all(() => limitsStore.expiredIn(sql, tier, endedBefore, BATCH), engine);
  }

  /** The oldest closed and unprotected files of a scope until `bytes` are gone, or none is left. */
  async oldest(
    bytes: number,
    reason: RemovalReason,
    { engine, scope = {} }: { engine: DeletesFootage; scope?: Scope | undefined },
  ): Promise<Removed> {
    const removed = { files: 0, bytes: 0 };
    while (removed.bytes < bytes) {
      // Only what is deleted from the disk of the recording makes room on it.
      const within = reason === 'space' ? { ...scope, tier: 'hot' as const } : scope;
      const batch = await segmentStore.oldest(this.#options.database.sql, 20, within);
      if (batch.length === 0) break;
      for (const file of batch) {
        if (removed.bytes >= bytes) break;
        await this.files([file], reason, engine);
        removed.files++;
        removed.bytes += file.bytes;
      }
    }
    return removed;
  }

  /** What lies in other tiers is told of when they have let go of it. */
  async files(files: readonly Held[], reason: RemovalReason, engine: DeletesFootage): Promise<void> {
    const { database, happened } = this.#options;
    const distant = files.filter(({ tier }) => tier !== 'hot');
    if (distant.length > 0) await database.transaction((sql) => distantRemovals.add(sql, distant, reason));
    const hot = Map.groupBy(
      files.filter(({ tier }) => tier === 'hot'),
      ({ streamId }) => streamId,
    );
    for (const [stream_id, some] of hot) {
      const filenames = some.map(({ filename }) => filename);
      await engine.deleteFootage(stream_id, filenames);
      await segmentStore.remove(database.sql, stream_id, filenames);
      for (const { filename, bytes: size } of some)
        happened({ type: 'segment.deleted', stream_id, filename, reason, size });
    }
  }

  async #all(next: () => Promise<Held[]>, engine: DeletesFootage): Promise<number> {
    let deleted = 0;
    for (let files = await next(); files.length > 0; files = await next()) {
      await this.files(files, 'retention', engine);
      deleted += files.length;
    }
    return deleted;
  }
}
