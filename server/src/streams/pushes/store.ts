import type { Insertable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';

export type PushRow = Insertable<Schema['pushes']>;

/** SQL of pushes. */
export const pushStore = {
  all: (sql: Sql): Promise<PushRow[]> =>
    sql.selectFrom('pushes').selectAll().orderBy('created_at').orderBy('id').execute(),

  of: (sql: Sql, streamId: string): Promise<PushRow[]> =>
    sql
      .selectFrom('pushes')
      .selectAll()
      .where('stream_id', '=', streamId)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),

  async insert(sql: Sql, row: PushRow): Promise<void> {
    await sql.insertInto('pushes').values(row).execute();
  },

  async enable(sql: Sql, id: string, enabled: boolean): Promise<void> {
    await sql
      .updateTable('pushes')
      .set({ enabled: Number(enabled) })
      .where('id', '=', id)
      .execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('pushes').where('id', '=', id).execute();
  },
};
