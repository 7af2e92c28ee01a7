import { Role } from '@nightjar/contract';
import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';

export interface PersonRow {
  id: string;
  username: string;
  email: string | null;
  passwordHash: string;
  role: Role;
  disabled: boolean;
  createdAt: string;
  /** ISO 8601; access tokens issued before it are void. */
  tokensValidAfter: string;
}

export interface RefreshRow {
  hash: string;
  family: string;
  personId: string;
  issuedAt: string;
  expiresAt: string;
  used: boolean;
}

const fromRow = (row: Selectable<Schema['people']>): PersonRow => ({
  id: row.id,
  username: row.username,
  email: row.email,
  passwordHash: row.password_hash,
  role: Role.parse(row.role),
  disabled: row.disabled === 1,
  createdAt: row.created_at,
  tokensValidAfter: row.tokens_valid_after,
});

/** SQL of people and their refresh tokens. */
export const peopleStore = {
  async count(sql: Sql): Promise<number> {
    const row = await sql
      .selectFrom('people')
      .select((on) => on.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  },

  async add(sql: Sql, person: PersonRow): Promise<void> {
    await sql
      .insertInto('people')
      .values({
        id: person.id,
        username: person.username,
        email: person.email,
        password_hash: person.passwordHash,
        role: person.role,
        disabled: Number(person.disabled),
        created_at: person.createdAt,
        tokens_valid_after: person.tokensValidAfter,
      })
      .execute();
  },

  async find(sql: Sql, by: 'id' | 'username' | 'email', value: string): Promise<PersonRow | undefined> {
    const row = await sql.selectFrom('people').selectAll().where(by, '=', value).executeTakeFirst();
    return row && fromRow(row);
  },

  async addRefresh(sql: Sql, token: RefreshRow): Promise<void> {
    await sql
      .insertInto('refresh_tokens')
      .values({
        hash: token.hash,
        family: token.family,
        person_id: token.personId,
        issued_at: token.issuedAt,
        expires_at: token.expiresAt,
        used: Number(token.used),
      })
      .execute();
  },

  async findRefresh(sql: Sql, hash: string): Promise<RefreshRow | undefined> {
    const row = await sql
      .selectFrom('refresh_tokens')
      .selectAll()
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (!row) return undefined;
    const { family, person_id, issued_at, expires_at, used } = row;
    return {
      hash,
      family,
      personId: person_id,
      issuedAt: issued_at,
      expiresAt: expires_at,
      used: used === 1,
    };
  },

  async useRefresh(sql: Sql, hash: string): Promise<void> {
    await sql.updateTable('refresh_tokens').set({ used: 1 }).where('hash', '=', hash).execute();
  },

  async revokeFamily(sql: Sql, family: string): Promise<void> {
    await sql.deleteFrom('refresh_tokens').where('family', '=', family).execute();
  },

  async forgetExpired(sql: Sql, now: string): Promise<void> {
    await sql.deleteFrom('refresh_tokens').where('expires_at', '<=', now).execute();
  },
};
