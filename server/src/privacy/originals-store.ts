import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';

export type OriginalKeyRow = Selectable<Schema['original_keys']>;

/** SQL of the pairs for which recorded originals are sealed. */
export const originalsStore = {
  /** Newest first; there are some of each year. */
  list(sql: Sql): Promise<OriginalKeyRow[]> {
    return sql.selectFrom('original_keys').selectAll().orderBy('created_at', 'desc').orderBy('id').execute();
  },

  find(sql: Sql, id: string): Promise<OriginalKeyRow | undefined> {
    return sql.selectFrom('original_keys').selectAll().where('id', '=', id).executeTakeFirst();
  },

  async add(sql: Sql, row: OriginalKeyRow): Promise<void> {
    await sql.insertInto('original_keys').values(row).execute();
  },
};
