import type { Sql } from '../../database/index.ts';

/**
 * SQL that the rows of captures have in common, whatever they are captures of: `id`, `stream_id`, `status`, `error`,
 * `version` and `updated_at` are columns of each of these tables.
 */
export function captureRows(of: 'bookmarks' | 'snapshots') {
  // Kysely writes the same SQL for either, and knows no union of two tables.
  const table = of as 'bookmarks';
  return {
    /** Ids by stream, for the files that belong to them. */
    async idsOf(sql: Sql, streamId: string): Promise<string[]> {
      const rows = await sql.selectFrom(table).select('id').where('stream_id', '=', streamId).execute();
      return rows.map(({ id }) => id);
    },

    /** `at`: UTC, ISO 8601, here and below. */
    async processing(sql: Sql, id: string, at: string): Promise<void> {
      await sql
        .updateTable(table)
        .set({ status: 'processing', updated_at: at })
        .where('id', '=', id)
        .execute();
    },

    async failed(sql: Sql, id: string, why: string, at: string): Promise<void> {
      await sql
        .updateTable(table)
        .set((row) => ({ status: 'failed', error: why, version: row('version', '+', 1), updated_at: at }))
        .where('id', '=', id)
        .execute();
    },

    /** False when it was gone. */
    async remove(sql: Sql, id: string): Promise<boolean> {
      const { numDeletedRows } = await sql.deleteFrom(table).where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
