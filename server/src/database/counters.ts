import type { Sql } from './handle.ts';

/** The next number of a row of numbers, from 1; rises across restarts. To be called in a transaction. */
export async function nextNumber(sql: Sql, name: string): Promise<number> {
  await sql
    .insertInto('counters')
    .values({ name, value: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((on) => ({ value: on('counters.value', '+', 1) })),
    )
    .execute();
  const row = await sql
    .selectFrom('counters')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.value;
}
