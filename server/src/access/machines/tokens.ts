import { ALL_SCOPES, type Scope } from '@nightjar/contract';
import type { Database, Sql } from '../../database/index.ts';
import {
  type Clock,
  createSerial,
  DomainError,
  invalid,
  isoNow,
  type Principal,
} from '../../kernel/index.ts';
import { type Grant, grantStore } from '../grants.ts';
import { mustHold, mustHoldGrants, notFound } from '../rights.ts';
import { newId, newSecret, tokenHash } from '../secrets.ts';
import { type TokenRow, tokenStore } from './token-store.ts';

/** What a token may be made or changed to. */
export interface TokenSettings {
  name: string;
  scopes: readonly Scope[];
  /** ISO 8601; null is never. */
  expiresAt: string | null;
  rateLimit: number | null;
  reach: 'all' | 'granted';
  grants: readonly Grant[];
}

export type TokenView = TokenRow & { grants: readonly Grant[] };

/** A token's last use is written down this often at most. */
const USE_MS = 60_000;

/** Opaque tokens for programs: shown once, stored hashed, each with scopes, reach, limit and expiry of its own. */
export class ApiTokens {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #used = new Map<string, number>();
  readonly #inTurn = createSerial();

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** The row of a token that counts now; undefined for one that is unknown, revoked or expired. */
  async open(token: string): Promise<TokenRow | undefined> {
    const row = await tokenStore.find(this.#database.sql, 'hash', tokenHash(token));
    return row && this.#counts(row) ? row : undefined;
  }

  /** The same of a token that was opened before. */
  async reopen(id: string): Promise<TokenRow | undefined> {
    const row = await tokenStore.find(this.#database.sql, 'id', id);
    return row && this.#counts(row) ? row : undefined;
  }

  /** Notes that a token was used. */
  async touch(id: string): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - (this.#used.get(id) ?? -USE_MS) < USE_MS) return;
    this.#used.set(id, now);
    await tokenStore.used(this.#database.sql, id, isoNow(this.#clock));
  }

  /** Tokens a principal may know of: all for who may see all people, else those of the person. */
  async list(viewer: Principal): Promise<TokenView[]> {
    const { sql } = this.#database;
    const rows = (await tokenStore.all(sql)).filter((row) => mayTouch(viewer, row, 'users:read'));
    return Promise.all(rows.map((row) => view(sql, row)));
  }

  /** Throws NOT_FOUND, also for the token of somebody else. */
  async get(viewer: Principal, id: string): Promise<TokenView> {
    const { sql } = this.#database;
    return view(sql, await found(sql, id, viewer, 'users:read'));
  }

  /** The token itself is answered this once. Throws FORBIDDEN, INVALID_CONFIGURATION. */
  async create(maker: Principal, settings: TokenSettings): Promise<{ token: string; view: TokenView }> {
    const ownerId = await this.#ownerFor(maker);
    this.#check(maker, settings);
    const token = newSecret('nj');
    const { grants, ...kept } = settings;
    const row: TokenRow = {
      ...kept,
      id: newId('token'),
      hash: tokenHash(token),
      createdAt: isoNow(this.#clock),
      ownerId,
      lastUsedAt: null,
      revokedAt: null,
    };
    await this.#database.transaction(async (sql) => {
      await tokenStore.add(sql, row);
      await grantStore.replace(sql, { kind: 'api_token', id: row.id }, grants);
    });
    return { token, view: { ...row, grants } };
  }

  /** Throws NOT_FOUND, FORBIDDEN, INVALID_CONFIGURATION. */
  update(changer: Principal, id: string, patch: Partial<TokenSettings>): Promise<TokenView> {
    return this.#changing(async (sql) => {
      const before = await view(sql, await found(sql, id, changer, 'users:write'));
      const { grants, ...row } = { ...before, ...patch };
      this.#check(changer, { ...row, grants });
      await tokenStore.update(sql, row);
      await grantStore.replace(sql, { kind: 'api_token', id }, grants);
      return { ...row, grants };
    });
  }

  /** It never counts again, and stays in the list. Throws NOT_FOUND. */
  revoke(changer: Principal, id: string): Promise<TokenView> {
    return this.#changing(async (sql) => {
      const before = await found(sql, id, changer, 'users:write');
      const row = { ...before, revokedAt: before.revokedAt ?? isoNow(this.#clock) };
      await tokenStore.update(sql, row);
      return view(sql, row);
    });
  }

  /** Throws NOT_FOUND. */
  async remove(changer: Principal, id: string): Promise<void> {
    await this.#changing(async (sql) => {
      await found(sql, id, changer, 'users:write');
      await tokenStore.remove(sql, id);
      await grantStore.replace(sql, { kind: 'api_token', id }, []);
    });
    this.#used.delete(id);
  }

  /** The first start makes one that may do everything; undefined when there are tokens already. */
  async first(): Promise<string | undefined> {
    if ((await tokenStore.count(this.#database.sql)) > 0) return undefined;
    const token = newSecret('nj');
    await tokenStore.add(this.#database.sql, {
      id: newId('token'),
      name: 'administrator',
      hash: tokenHash(token),
      scopes: ALL_SCOPES,
      createdAt: isoNow(this.#clock),
      expiresAt: null,
      ownerId: null,
      reach: 'all',
      rateLimit: null,
      lastUsedAt: null,
      revokedAt: null,
    });
    return token;
  }

  #counts({ revokedAt, expiresAt }: TokenRow): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > isoNow(this.#clock));
  }

  #check(maker: Principal, { scopes, grants, expiresAt }: TokenSettings): void {
    mustHold(maker, scopes);
    mustHoldGrants(maker, grants);
    if (expiresAt !== null && expiresAt <= isoNow(this.#clock))
      throw invalid('expires_in', 'is over already');
  }

  /**
   * Whose a new token is: a person's, and what a person's token makes belongs to the same person. What has no owner
   * is bounded by nobody, so that it is made by those alone who might as well make people.
   */
  async #ownerFor(maker: Principal): Promise<string | null> {
    if (maker.kind === 'person') return maker.id;
    if (!keepsPeople(maker, 'users:write'))
      throw new DomainError('FORBIDDEN', undefined, { scope: 'users:write' });
    const made = maker.kind === 'api_token' && (await tokenStore.find(this.#database.sql, 'id', maker.id));
    return made ? made.ownerId : null;
  }

  /** What is read stays true until it is written: a whole row is. */
  #changing<T>(change: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#database.transaction(change));
  }
}

async function found(
  sql: Sql,
  id: string,
  viewer: Principal,
  scope: 'users:read' | 'users:write',
): Promise<TokenRow> {
  const row = await tokenStore.find(sql, 'id', id);
  if (!row || !mayTouch(viewer, row, scope)) throw notFound('token', id);
  return row;
}

async function view(sql: Sql, row: TokenRow): Promise<TokenView> {
  return { ...row, grants: await grantStore.list(sql, { kind: 'api_token', id: row.id }) };
}

const keepsPeople = ({ scopes, reach }: Principal, scope: 'users:read' | 'users:write'): boolean =>
  reach === 'all' && scopes.includes(scope);

/** One's own, or anybody's for who keeps the people of the installation. */
const mayTouch = (viewer: Principal, row: TokenRow, scope: 'users:read' | 'users:write'): boolean =>
  keepsPeople(viewer, scope) || (viewer.kind === 'person' && row.ownerId === viewer.id);
