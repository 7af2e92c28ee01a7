import type { Sql } from '../../database/index.ts';
import type { RemovalReason } from '../segment.ts';
import { type Held, segmentStore } from '../store.ts';

/** Rows per statement. */
const BATCH = 500;

/** SQL of files in other tiers than the hot one that nobody is to know of any more; their tiers let go of them later. */
export const distantRemovals = {
  /** Takes files out of the index; to be called in a transaction. */
  async add(sql: Sql, files: readonly Held[], reason: RemovalReason | 'stream_removed'): Promise<void> {
    const rows = files.map(({ tier, streamId, filename, bytes }) => ({
      ...{ tier, stream_id: streamId, filename, bytes, reason },
    }));
    for (let at = 0; at < rows.length; at += BATCH) {
      await sql
        .insertInto('tier_removals')
        .values(rows.slice(at, at + BATCH))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    for (const { streamId, filename } of files) await segmentStore.remove(sql, streamId, [filename]);
  },

  /** What a stream has elsewhere, and what is being copied there; to be called before its rows go. */
  async ofStream(sql: Sql, streamId: string): Promise<void> {
    const held = sql
      .selectFrom('segments')
      .select((row) => ['tier', 'stream_id', 'filename', 'bytes', row.val('stream_removed').as('reason')])
      .where('stream_id', '=', streamId)
      .where('tier', '<>', 'hot');
    await sql
      .insertInto('tier_removals')
      .columns(['tier', 'stream_id', 'filename', 'bytes', 'reason'])
      .expression(held)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },
};
