import { timingSafeEqual } from 'node:crypto';
import type { Scope } from '@nightjar/contract';
import type { Database, Sql } from '../../database/index.ts';
import { type Clock, createSerial, DomainError, isoNow, type Principal } from '../../kernel/index.ts';
import { type Grant, grantStore } from '../grants.ts';
import { mustHold, mustHoldGrants, notFound } from '../rights.ts';
import { newId, newSecret, tokenHash } from '../secrets.ts';
import { sessionStore } from '../sign-in/session-store.ts';
import { type ClientRow, clientStore } from './client-store.ts';

export type ClientView = ClientRow & { grants: readonly Grant[] };

/** What a client is made from. */
export interface NewClient {
  name: string;
  scopes: readonly Scope[];
  /** Made up when it is not given. */
  id?: string | undefined;
  reach: 'all' | 'granted';
  grants: readonly Grant[];
}

/** Compared with where no client is found, so that both take as long. */
const NOBODY = '0'.repeat(64);

/** Machines that sign in with an id and a secret. */
export class ApiClients {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #inTurn = createSerial();

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** The client whose secret it is; undefined alike for an unknown id and a wrong secret. */
  async open(id: string, secret: string): Promise<ClientRow | undefined> {
    const row = await clientStore.find(this.#database.sql, id);
    const expected = Buffer.from(row?.secretHash ?? NOBODY, 'hex');
    const right = timingSafeEqual(expected, Buffer.from(tokenHash(secret), 'hex'));
    return right && row && !row.disabled ? row : undefined;
  }

  /** A client by its id, unless it is disabled. */
  async find(id: string): Promise<ClientRow | undefined> {
    const row = await clientStore.find(this.#database.sql, id);
    return row?.disabled ? undefined : row;
  }

  /** Whether the secret that opened this row opens it still; it is noted that it was used. */
  async touch(sql: Sql, { id, secretHash }: ClientRow): Promise<boolean> {
    const now = await clientStore.find(sql, id);
    if (!now || now.disabled || now.secretHash !== secretHash) return false;
    await clientStore.update(sql, { ...now, lastUsedAt: isoNow(this.#clock) });
    return true;
  }

  async list(): Promise<ClientView[]> {
    const { sql } = this.#database;
    return Promise.all((await clientStore.all(sql)).map((row) => view(sql, row)));
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<ClientView> {
    const { sql } = this.#database;
    return view(sql, await known(sql, id));
  }

  /** The secret is answered this once. Throws CONFLICT for an id that is taken, FORBIDDEN. */
  create(maker: Principal, wanted: NewClient): Promise<{ secret: string; view: ClientView }> {
    return this.#inTurn(async () => {
      mustHold(maker, wanted.scopes);
      mustHoldGrants(maker, wanted.grants);
      const id = wanted.id ?? newId('client');
      if (await clientStore.find(this.#database.sql, id)) {
        throw new DomainError('CONFLICT', 'A client of this ID is there already', { client_id: id });
      }
      const secret = newSecret('ns');
      const now = isoNow(this.#clock);
      const { grants, name, scopes, reach } = wanted;
      const row: ClientRow = {
        id,
        name,
        scopes,
        reach,
        secretHash: tokenHash(secret),
        disabled: false,
        createdAt: now,
        createdBy: `${maker.kind}:${maker.id}`,
        lastUsedAt: null,
        tokensValidAfter: now,
      };
      await this.#database.transaction(async (sql) => {
        await clientStore.add(sql, row);
        await grantStore.replace(sql, { kind: 'api_client', id }, grants);
      });
      return { secret, view: { ...row, grants } };
    });
  }

  /** What it was given so far is void when it is disabled. Throws NOT_FOUND, FORBIDDEN. */
  update(
    changer: Principal,
    id: string,
    patch: Partial<Pick<ClientView, 'name' | 'scopes' | 'reach' | 'grants' | 'disabled'>>,
  ): Promise<ClientView> {
    return this.#changing(async (sql) => {
      const before = await view(sql, await known(sql, id));
      mustHold(changer, before.scopes);
      const { grants, ...row } = { ...before, ...patch };
      mustHold(changer, row.scopes);
      mustHoldGrants(changer, grants);
      await clientStore.update(sql, row);
      await grantStore.replace(sql, { kind: 'api_client', id }, grants);
      if (row.disabled) await sessionStore.endAll(sql, { ownerKind: 'api_client', ownerId: id });
      return { ...row, grants };
    });
  }

  /** A new secret; the old one and every token made with it are void. Throws NOT_FOUND, FORBIDDEN. */
  rotate(changer: Principal, id: string): Promise<{ secret: string; view: ClientView }> {
    return this.#changing(async (sql) => {
      const { grants, ...before } = await view(sql, await known(sql, id));
      mustHold(changer, before.scopes);
      const secret = newSecret('ns');
      const row = { ...before, secretHash: tokenHash(secret), tokensValidAfter: isoNow(this.#clock) };
      await clientStore.update(sql, row);
      await sessionStore.endAll(sql, { ownerKind: 'api_client', ownerId: id });
      return { secret, view: { ...row, grants } };
    });
  }

  /** Throws NOT_FOUND. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    await this.#database.transaction(async (sql) => {
      await clientStore.remove(sql, id);
      await grantStore.replace(sql, { kind: 'api_client', id }, []);
      await sessionStore.endAll(sql, { ownerKind: 'api_client', ownerId: id });
    });
  }

  /** What is read stays true until it is written: a whole row is, and others change other parts of it. */
  #changing<T>(change: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#database.transaction(change));
  }
}

async function known(sql: Sql, id: string): Promise<ClientRow> {
  const row = await clientStore.find(sql, id);
  if (!row) throw notFound('client', id);
  return row;
}

async function view(sql: Sql, row: ClientRow): Promise<ClientView> {
  return { ...row, grants: await grantStore.list(sql, { kind: 'api_client', id: row.id }) };
}
