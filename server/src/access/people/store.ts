import { Role, Scope } from '@nightjar/contract';
import type { Insertable, Selectable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';

export interface PersonRow {
  id: string;
  /** Lower case. */
  username: string;
  email: string | null;
  /** argon2id or bcrypt; empty for who has no password here. */
  passwordHash: string;
  role: Role;
  extraScopes: readonly Scope[];
  reach: 'all' | 'granted';
  disabled: boolean;
  createdAt: string;
  /** ISO 8601; access tokens issued before it are void. */
  tokensValidAfter: string;
  totp: { sealed: string; confirmed: boolean; step: number } | null;
  mustChangePassword: boolean;
  oidcSubject: string | null;
  lastSignInAt: string | null;
}

function fromRow(row: Selectable<Schema['people']>): PersonRow {
  const sealed = row.totp_sealed;
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    passwordHash: row.password_hash,
    role: Role.parse(row.role),
    extraScopes: Scope.array().parse(JSON.parse(row.extra_scopes)),
    reach: row.reach === 'granted' ? 'granted' : 'all',
    disabled: row.disabled === 1,
    createdAt: row.created_at,
    tokensValidAfter: row.tokens_valid_after,
    totp: sealed === null ? null : { sealed, confirmed: row.totp_confirmed === 1, step: row.totp_step },
    mustChangePassword: row.must_change_password === 1,
    oidcSubject: row.oidc_subject,
    lastSignInAt: row.last_sign_in_at,
  };
}

const toRow = (person: PersonRow): Insertable<Schema['people']> => ({
  id: person.id,
  username: person.username,
  email: person.email,
  password_hash: person.passwordHash,
  role: person.role,
  extra_scopes: JSON.stringify(person.extraScopes),
  reach: person.reach,
  disabled: Number(person.disabled),
  created_at: person.createdAt,
  tokens_valid_after: person.tokensValidAfter,
  totp_sealed: person.totp?.sealed ?? null,
  totp_confirmed: Number(person.totp?.confirmed ?? false),
  totp_step: person.totp?.step ?? 0,
  must_change_password: Number(person.mustChangePassword),
  oidc_subject: person.oidcSubject,
  last_sign_in_at: person.lastSignInAt,
});

/** A link for one use that sets a password. */
export interface LinkRow {
  hash: string;
  personId: string;
  purpose: 'invitation' | 'reset';
  expiresAt: string;
}

/** SQL of people. */
export const peopleStore = {
  async all(sql: Sql): Promise<PersonRow[]> {
    return (await sql.selectFrom('people').selectAll().orderBy('username').execute()).map(fromRow);
  },

  async count(sql: Sql): Promise<number> {
    const row = await sql
      .selectFrom('people')
      .select((on) => on.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  },

  async add(sql: Sql, person: PersonRow): Promise<void> {
    await sql.insertInto('people').values(toRow(person)).execute();
  },

  async update(sql: Sql, person: PersonRow): Promise<void> {
    const { id, ...values } = toRow(person);
    await sql.updateTable('people').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('people').where('id', '=', id).execute();
  },

  async find(
    sql: Sql,
    by: 'id' | 'username' | 'email' | 'oidc_subject',
    value: string,
  ): Promise<PersonRow | undefined> {
    const row = await sql.selectFrom('people').selectAll().where(by, '=', value).executeTakeFirst();
    return row && fromRow(row);
  },

  async addLink(sql: Sql, link: LinkRow): Promise<void> {
    await sql.deleteFrom('person_links').where('person_id', '=', link.personId).execute();
    const { hash, personId, purpose, expiresAt } = link;
    await sql
      .insertInto('person_links')
      .values({ hash, person_id: personId, purpose, expires_at: expiresAt })
      .execute();
  },

  async findLink(sql: Sql, hash: string): Promise<LinkRow | undefined> {
    const row = await sql.selectFrom('person_links').selectAll().where('hash', '=', hash).executeTakeFirst();
    const purpose = row?.purpose === 'reset' ? 'reset' : 'invitation';
    return row && { hash, personId: row.person_id, purpose, expiresAt: row.expires_at };
  },

  async forgetLinks(sql: Sql, personId: string): Promise<void> {
    await sql.deleteFrom('person_links').where('person_id', '=', personId).execute();
  },

  /** Replaces the codes; an empty list leaves none. */
  async setRecoveryCodes(sql: Sql, personId: string, hashes: readonly string[]): Promise<void> {
    await sql.deleteFrom('recovery_codes').where('person_id', '=', personId).execute();
    for (const hash of hashes) {
      await sql.insertInto('recovery_codes').values({ person_id: personId, hash }).execute();
    }
  },

  /** Whether the code was there; it is not afterwards. */
  async useRecoveryCode(sql: Sql, personId: string, hash: string): Promise<boolean> {
    const { numDeletedRows } = await sql
      .deleteFrom('recovery_codes')
      .where('person_id', '=', personId)
      .where('hash', '=', hash)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  },

  async countRecoveryCodes(sql: Sql, personId: string): Promise<number> {
    const rows = await sql
      .selectFrom('recovery_codes')
      .select('hash')
      .where('person_id', '=', personId)
      .execute();
    return rows.length;
  },
};
