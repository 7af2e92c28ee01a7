import type { Sql } from '../database/index.ts';

/** SQL of how often this program was started. */
export const eventStore = {
  /** Number of this run, from 1; rises across restarts. */
  async nextRun(sql: Sql): Promise<number> {
    const row = await sql
      .insertInto('counters')
      .values({ name: 'event_run', value: 1 })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((on) => ({ value: on('counters.value', '+', 1) })),
      )
      .returning('value')
      .executeTakeFirstOrThrow();
    return row.value;
  },
};
