import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';

export type OriginalKeyRow = Selectable<Schema['original_keys']>;

/** SQL of the pairs for which recorded originals are sealed. */
export const originalsStore = {
  newest(sql: Sql): Promise<OriginalKeyRow | undefined> {
    return sql
      .selectFrom('original_keys')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
  },

  find(sql: Sql, id: string): Promise<OriginalKeyRow | undefined> {
    return sql.selectFrom('original_keys').selectAll().where('id', '=', id).executeTakeFirst();
  },

  async add(sql: Sql, row: OriginalKeyRow): Promise<void> {
    await sql.insertInto('original_keys').values(row).execute();
  },
};
