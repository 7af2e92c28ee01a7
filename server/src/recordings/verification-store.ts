import type { Tier } from '@nightjar/contract/footage';
import type { Sql } from '../database/index.ts';
import type { Segment } from './segment.ts';
import { COLUMNS, fromRow } from './store.ts';

/** SQL of the check that holds the index against the files. */
export const verificationStore = {
  /** Notes what the bytes of a closed segment are; a row that says another size is of another file. */
  async setDigest(
    sql: Sql,
    file: Pick<Segment, 'streamId' | 'filename' | 'bytes'> & { sha256: string },
  ): Promise<void> {
    await sql
      .updateTable('segments')
      .set({ sha256: file.sha256 })
      .where('stream_id', '=', file.streamId)
      .where('filename', '=', file.filename)
      .where('bytes', '=', file.bytes)
      .execute();
  },

  /** Ids of the streams that may have footage. */
  async streams(sql: Sql): Promise<string[]> {
    const rows = await sql.selectFrom('streams').select('id').execute();
    return rows.map(({ id }) => id);
  },

  /** Every row of a stream in some tiers with its digest. */
  async all(
    sql: Sql,
    streamId: string,
    tiers: readonly Tier[],
  ): Promise<(Segment & { sha256: string | null })[]> {
    const rows = await sql
      .selectFrom('segments')
      .select([...COLUMNS, 'sha256'])
      .where('stream_id', '=', streamId)
      .where('tier', 'in', tiers)
      .orderBy('start_at')
      .execute();
    return rows.map((row) => ({ ...fromRow(row), sha256: row.sha256 }));
  },

  /** Removes every row of a stream in some tiers. */
  async forget(sql: Sql, streamId: string, tiers: readonly Tier[]): Promise<void> {
    await sql.deleteFrom('segments').where('stream_id', '=', streamId).where('tier', 'in', tiers).execute();
  },

  /** Copies that do not count: those that are to go from a tier, and those on their way to one. */
  async uncounted(sql: Sql): Promise<{ tier: Tier; streamId: string; filename: string }[]> {
    const removals = await sql
      .selectFrom('tier_removals')
      .select(['tier', 'stream_id', 'filename'])
      .execute();
    const moves = await sql
      .selectFrom('tier_moves')
      .select(['state', 'from_tier', 'to_tier', 'stream_id', 'filename'])
      .execute();
    const copies = moves.map(({ state, from_tier, to_tier, ...file }) => ({
      ...{ ...file, tier: state === 'remove' ? from_tier : to_tier },
    }));
    return [...removals, ...copies].map(({ tier, stream_id: streamId, filename }) => ({
      ...{ tier: tier as Tier, streamId, filename },
    }));
  },

  /** Segments that somebody protects. */
  async protectedFiles(sql: Sql): Promise<Pick<Segment, 'streamId' | 'filename'>[]> {
    const rows = await sql
      .selectFrom('segments')
      .select(['stream_id', 'filename'])
      .where('protected', '=', 1)
      .execute();
    return rows.map(({ stream_id: streamId, filename }) => ({ streamId, filename }));
  },
};
