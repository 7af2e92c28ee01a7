import { Scope } from '@nightjar/contract';
import type { Sql } from '../database/index.ts';

/** A stored API token without the token. */
export interface TokenRow {
  id: string;
  name: string;
  hash: string;
  scopes: readonly Scope[];
  createdAt: string;
  expiresAt: string | null;
}

const scopesOf = (json: string): Scope[] => Scope.array().parse(JSON.parse(json));

/** SQL of tokens. */
export const accessStore = {
  async addToken(sql: Sql, token: TokenRow): Promise<void> {
    await sql
      .insertInto('api_tokens')
      .values({
        id: token.id,
        name: token.name,
        hash: token.hash,
        scopes: JSON.stringify(token.scopes),
        created_at: token.createdAt,
        expires_at: token.expiresAt,
      })
      .execute();
  },

  async tokenByHash(sql: Sql, hash: string): Promise<TokenRow | undefined> {
    const row = await sql.selectFrom('api_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    if (!row) return undefined;
    const { id, name, created_at, expires_at } = row;
    return { id, name, hash, scopes: scopesOf(row.scopes), createdAt: created_at, expiresAt: expires_at };
  },

  async countTokens(sql: Sql): Promise<number> {
    const row = await sql
      .selectFrom('api_tokens')
      .select((on) => on.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  },
};
