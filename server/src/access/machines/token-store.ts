import { Scope } from '@nightjar/contract';
import type { Insertable, Selectable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';

/** A stored API token without the token. */
export interface TokenRow {
  id: string;
  name: string;
  hash: string;
  scopes: readonly Scope[];
  createdAt: string;
  /** null is never. */
  expiresAt: string | null;
  /** The person who made it, whose rights bound it; null is the first start. */
  ownerId: string | null;
  reach: 'all' | 'granted';
  /** Calls a minute; null follows the configuration. */
  rateLimit: number | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

const fromRow = (row: Selectable<Schema['api_tokens']>): TokenRow => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  scopes: Scope.array().parse(JSON.parse(row.scopes)),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  ownerId: row.owner_id,
  reach: row.reach === 'granted' ? 'granted' : 'all',
  rateLimit: row.rate_limit,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

const toRow = (token: TokenRow): Insertable<Schema['api_tokens']> => ({
  id: token.id,
  name: token.name,
  hash: token.hash,
  scopes: JSON.stringify(token.scopes),
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  owner_id: token.ownerId,
  reach: token.reach,
  rate_limit: token.rateLimit,
  last_used_at: token.lastUsedAt,
  revoked_at: token.revokedAt,
});

/** SQL of API tokens. */
export const tokenStore = {
  async add(sql: Sql, token: TokenRow): Promise<void> {
    await sql.insertInto('api_tokens').values(toRow(token)).execute();
  },

  async update(sql: Sql, token: TokenRow): Promise<void> {
    const { id, last_used_at, ...values } = toRow(token);
    await sql.updateTable('api_tokens').set(values).where('id', '=', id).execute();
  },

  async find(sql: Sql, by: 'hash' | 'id', value: string): Promise<TokenRow | undefined> {
    const row = await sql.selectFrom('api_tokens').selectAll().where(by, '=', value).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Newest first. */
  async all(sql: Sql): Promise<TokenRow[]> {
    const rows = await sql.selectFrom('api_tokens').selectAll().orderBy('created_at', 'desc').execute();
    return rows.map(fromRow);
  },

  async used(sql: Sql, id: string, at: string): Promise<void> {
    await sql.updateTable('api_tokens').set({ last_used_at: at }).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('api_tokens').where('id', '=', id).execute();
  },

  async count(sql: Sql): Promise<number> {
    const row = await sql
      .selectFrom('api_tokens')
      .select((on) => on.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  },
};
