import { Scope } from '@nightjar/contract';
import type { Insertable, Selectable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';

/** A machine that signs in with a secret. */
export interface ClientRow {
  id: string;
  name: string;
  secretHash: string;
  scopes: readonly Scope[];
  reach: 'all' | 'granted';
  disabled: boolean;
  createdAt: string;
  /** kind:id of a principal. */
  createdBy: string;
  lastUsedAt: string | null;
  tokensValidAfter: string;
}

const fromRow = (row: Selectable<Schema['api_clients']>): ClientRow => ({
  id: row.id,
  name: row.name,
  secretHash: row.secret_hash,
  scopes: Scope.array().parse(JSON.parse(row.scopes)),
  reach: row.reach === 'granted' ? 'granted' : 'all',
  disabled: row.disabled === 1,
  createdAt: row.created_at,
  createdBy: row.created_by,
  lastUsedAt: row.last_used_at,
  tokensValidAfter: row.tokens_valid_after,
});

const toRow = (client: ClientRow): Insertable<Schema['api_clients']> => ({
  id: client.id,
  name: client.name,
  secret_hash: client.secretHash,
  scopes: JSON.stringify(client.scopes),
  reach: client.reach,
  disabled: Number(client.disabled),
  created_at: client.createdAt,
  created_by: client.createdBy,
  last_used_at: client.lastUsedAt,
  tokens_valid_after: client.tokensValidAfter,
});

/** SQL of API clients. */
export const clientStore = {
  async add(sql: Sql, client: ClientRow): Promise<void> {
    await sql.insertInto('api_clients').values(toRow(client)).execute();
  },

  async update(sql: Sql, client: ClientRow): Promise<void> {
    const { id, ...values } = toRow(client);
    await sql.updateTable('api_clients').set(values).where('id', '=', id).execute();
  },

  async find(sql: Sql, id: string): Promise<ClientRow | undefined> {
    const row = await sql.selectFrom('api_clients').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async all(sql: Sql): Promise<ClientRow[]> {
    return (await sql.selectFrom('api_clients').selectAll().orderBy('id').execute()).map(fromRow);
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('api_clients').where('id', '=', id).execute();
  },
};
