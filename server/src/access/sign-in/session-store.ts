import type { Sql } from '../../database/index.ts';

export type SignInMethod = 'password' | 'totp' | 'recovery' | 'oidc' | 'link' | 'secret';

/** One sign-in: every token that came of it. */
export interface SignInRow {
  id: string;
  ownerKind: 'person' | 'api_client';
  ownerId: string;
  method: SignInMethod;
  address: string;
  userAgent: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
}

export interface RefreshRow {
  hash: string;
  signInId: string;
  issuedAt: string;
  expiresAt: string;
  usedAt: string | null;
}

type Owner = Pick<SignInRow, 'ownerKind' | 'ownerId'>;

/** Places a person is known from are forgotten beyond this many. */
const PLACES_KEPT = 50;

/** SQL of sign-ins and their refresh tokens. */
export const sessionStore = {
  async add(sql: Sql, row: SignInRow): Promise<void> {
    await sql
      .insertInto('sign_ins')
      .values({
        id: row.id,
        owner_kind: row.ownerKind,
        owner_id: row.ownerId,
        method: row.method,
        address: row.address,
        user_agent: row.userAgent,
        created_at: row.createdAt,
        last_used_at: row.lastUsedAt,
        expires_at: row.expiresAt,
      })
      .execute();
  },

  async find(sql: Sql, id: string): Promise<SignInRow | undefined> {
    return (await sessionStore.list(sql, { id }))[0];
  },

  /** Newest first. */
  async list(sql: Sql, by: Partial<Owner> & { id?: string }): Promise<SignInRow[]> {
    const rows = await sql
      .selectFrom('sign_ins')
      .selectAll()
      .$if(by.id !== undefined, (query) => query.where('id', '=', by.id ?? ''))
      .$if(by.ownerKind !== undefined, (query) => query.where('owner_kind', '=', by.ownerKind ?? ''))
      .$if(by.ownerId !== undefined, (query) => query.where('owner_id', '=', by.ownerId ?? ''))
      .orderBy('last_used_at', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      ownerKind: row.owner_kind === 'api_client' ? 'api_client' : 'person',
      ownerId: row.owner_id,
      method: row.method as SignInMethod,
      address: row.address,
      userAgent: row.user_agent,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      expiresAt: row.expires_at,
    }));
  },

  async used(sql: Sql, id: string, at: string, expiresAt: string): Promise<void> {
    await sql
      .updateTable('sign_ins')
      .set({ last_used_at: at, expires_at: expiresAt })
      .where('id', '=', id)
      .execute();
  },

  async end(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('sign_ins').where('id', '=', id).execute();
  },

  /** Ends every sign-in of an owner but `kept`. */
  async endAll(sql: Sql, owner: Owner, kept?: string): Promise<void> {
    await sql
      .deleteFrom('sign_ins')
      .where('owner_kind', '=', owner.ownerKind)
      .where('owner_id', '=', owner.ownerId)
      .$if(kept !== undefined, (query) => query.where('id', '!=', kept ?? ''))
      .execute();
  },

  async forgetExpired(sql: Sql, now: string): Promise<void> {
    await sql.deleteFrom('sign_ins').where('expires_at', '<=', now).execute();
    await sql.deleteFrom('refresh_tokens').where('expires_at', '<=', now).execute();
  },

  async addRefresh(sql: Sql, row: RefreshRow): Promise<void> {
    await sql
      .insertInto('refresh_tokens')
      .values({
        hash: row.hash,
        sign_in_id: row.signInId,
        issued_at: row.issuedAt,
        expires_at: row.expiresAt,
        used_at: row.usedAt,
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
    const { sign_in_id, issued_at, expires_at, used_at } = row;
    return { hash, signInId: sign_in_id, issuedAt: issued_at, expiresAt: expires_at, usedAt: used_at };
  },

  async useRefresh(sql: Sql, hash: string, at: string): Promise<void> {
    await sql.updateTable('refresh_tokens').set({ used_at: at }).where('hash', '=', hash).execute();
  },

  async isKnownPlace(sql: Sql, personId: string, address: string): Promise<boolean> {
    const row = await sql
      .selectFrom('known_places')
      .select('address')
      .where('person_id', '=', personId)
      .where('address', '=', address)
      .executeTakeFirst();
    return row !== undefined;
  },

  async rememberPlace(sql: Sql, personId: string, address: string, at: string): Promise<void> {
    const mine = sql.deleteFrom('known_places').where('person_id', '=', personId);
    await mine.where('address', '=', address).execute();
    await sql.insertInto('known_places').values({ person_id: personId, address, seen_at: at }).execute();
    const places = await sql
      .selectFrom('known_places')
      .select('address')
      .where('person_id', '=', personId)
      .orderBy('seen_at', 'desc')
      .execute();
    for (const { address: old } of places.slice(PLACES_KEPT)) {
      await sql
        .deleteFrom('known_places')
        .where('person_id', '=', personId)
        .where('address', '=', old)
        .execute();
    }
  },
};
