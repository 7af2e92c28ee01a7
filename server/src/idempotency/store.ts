import type { Sql } from '../database/index.ts';

/** A key that somebody sent with a request that makes something. */
export interface SentKey {
  owner: string;
  key: string;
  /** SHA-256 of method, path and body, hex. */
  request: string;
}

/** SQL of idempotency keys. */
export const keyStore = {
  /** Takes the key; false when it is taken. */
  async take(sql: Sql, { owner, key, request }: SentKey, at: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await sql
      .insertInto('idempotency_keys')
      .values({ owner, key, request, object_id: null, created_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  },

  find(
    sql: Sql,
    { owner, key }: SentKey,
  ): Promise<{ request: string; object_id: string | null } | undefined> {
    return sql
      .selectFrom('idempotency_keys')
      .select(['request', 'object_id'])
      .where('owner', '=', owner)
      .where('key', '=', key)
      .executeTakeFirst();
  },

  async made(sql: Sql, { owner, key }: SentKey, objectId: string): Promise<void> {
    await sql
      .updateTable('idempotency_keys')
      .set({ object_id: objectId })
      .where('owner', '=', owner)
      .where('key', '=', key)
      .execute();
  },

  async giveBack(sql: Sql, { owner, key }: SentKey): Promise<void> {
    await sql
      .deleteFrom('idempotency_keys')
      .where('owner', '=', owner)
      .where('key', '=', key)
      .where('object_id', 'is', null)
      .execute();
  },

  async forget(sql: Sql, before: string): Promise<void> {
    await sql.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
  },

  /** Those of requests that a program before did not finish. */
  async forgetUnmade(sql: Sql): Promise<void> {
    await sql.deleteFrom('idempotency_keys').where('object_id', 'is', null).execute();
  },
};
