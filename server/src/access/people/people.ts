import { ROLE_SCOPES, type Role, type Scope } from '@nightjar/contract';
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
import { sessionStore } from '../sign-in/session-store.ts';
import { isBcrypt } from './bcrypt.ts';
import { hashPassword, weakPassword } from './password.ts';
import { type LinkRow, type PersonRow, peopleStore } from './store.ts';

export type PersonView = PersonRow & { grants: readonly Grant[] };

/** What a person is made from; without a password they are invited. */
export interface NewPerson {
  username: string;
  email: string | null;
  role: Role;
  extraScopes: readonly Scope[];
  reach: 'all' | 'granted';
  grants: readonly Grant[];
  password?: string | undefined;
  /** bcrypt, from another system; it is made anew at the first sign-in. */
  passwordHash?: string | undefined;
}

export type PersonPatch = Partial<
  Pick<PersonView, 'username' | 'email' | 'role' | 'extraScopes' | 'reach' | 'grants' | 'disabled'>
>;

/** A link is good for this long, and once. */
const LINK_MS = { invitation: 7 * 86_400_000, reset: 3_600_000 };

/** Everything a person may do, wherever it is. */
export const scopesOf = ({
  role,
  extraScopes,
}: Pick<PersonRow, 'role' | 'extraScopes'>): readonly Scope[] => [
  ...new Set([...ROLE_SCOPES[role], ...extraScopes]),
];

const lower = (text: string | null): string | null => text?.toLowerCase() ?? null;

/** The people who may sign in: made, changed, invited, disabled, removed. */
export class People {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #inTurn = createSerial();

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  async list(): Promise<PersonView[]> {
    const { sql } = this.#database;
    return Promise.all((await peopleStore.all(sql)).map((row) => view(sql, row)));
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<PersonView> {
    const { sql } = this.#database;
    return view(sql, await known(sql, id));
  }

  /** Throws FORBIDDEN, CONFLICT for a name or address that is taken, INVALID_CONFIGURATION. */
  create(maker: Principal, wanted: NewPerson): Promise<PersonView> {
    return this.#inTurn(async () => {
      const { password, passwordHash, grants, ...fields } = wanted;
      mustHold(maker, scopesOf(fields));
      mustHoldGrants(maker, grants);
      if (passwordHash !== undefined && !isBcrypt(passwordHash))
        throw invalid('password_hash', 'is no bcrypt hash');
      const row = this.#new({
        ...fields,
        username: fields.username.toLowerCase(),
        email: lower(fields.email),
      });
      if (password !== undefined) mustBeStrong(password, row.username);
      row.passwordHash = password === undefined ? (passwordHash ?? '') : await hashPassword(password);
      row.mustChangePassword = password !== undefined;
      await this.#database.transaction(async (sql) => {
        await this.#mustBeFree(sql, row);
        await peopleStore.add(sql, row);
        await grantStore.replace(sql, { kind: 'person', id: row.id }, grants);
      });
      return { ...row, grants };
    });
  }

  /** Throws NOT_FOUND, FORBIDDEN, CONFLICT also when no administrator would be left. */
  update(changer: Principal, id: string, patch: PersonPatch): Promise<PersonView> {
    return this.#changing(async (sql) => {
      const before = await view(sql, await known(sql, id));
      mustHold(changer, scopesOf(before));
      const { grants, ...row } = { ...before, ...patch };
      row.username = row.username.toLowerCase();
      row.email = lower(row.email);
      mustHold(changer, scopesOf(row));
      mustHoldGrants(changer, grants);
      if (row.disabled && !before.disabled) row.tokensValidAfter = isoNow(this.#clock);
      await this.#mustBeFree(sql, row);
      await this.#mustLeaveAdmin(sql, row);
      await peopleStore.update(sql, row);
      await grantStore.replace(sql, { kind: 'person', id }, grants);
      if (row.disabled) await sessionStore.endAll(sql, { ownerKind: 'person', ownerId: id });
      return { ...row, grants };
    });
  }

  /** Throws NOT_FOUND, FORBIDDEN, CONFLICT when no administrator would be left. */
  remove(changer: Principal, id: string): Promise<void> {
    return this.#changing(async (sql) => {
      const row = await known(sql, id);
      mustHold(changer, scopesOf(row));
      await this.#mustLeaveAdmin(sql, { ...row, disabled: true });
      await sessionStore.endAll(sql, { ownerKind: 'person', ownerId: id });
      await grantStore.replace(sql, { kind: 'person', id }, []);
      await peopleStore.remove(sql, id);
    });
  }

  /** A link for one use that sets a password. Throws NOT_FOUND, FORBIDDEN. */
  async link(
    changer: Principal,
    id: string,
    purpose: LinkRow['purpose'],
  ): Promise<{ token: string; expiresAt: string }> {
    const row = await this.get(id);
    mustHold(changer, scopesOf(row));
    return this.linkFor(row, purpose);
  }

  /** The same where the person asked for it. */
  async linkFor(
    { id }: Pick<PersonRow, 'id'>,
    purpose: LinkRow['purpose'],
  ): Promise<{ token: string; expiresAt: string }> {
    const token = newSecret('nl');
    const expiresAt = new Date(this.#clock.utc() + LINK_MS[purpose]).toISOString();
    await this.#database.transaction((sql) =>
      peopleStore.addLink(sql, { hash: tokenHash(token), personId: id, purpose, expiresAt }),
    );
    return { token, expiresAt };
  }

  /** Sets the password that a link allows, this once. Throws UNAUTHORIZED, INVALID_CONFIGURATION. */
  redeem(token: string, password: string): Promise<PersonRow> {
    const hash = tokenHash(token);
    const owner = async (sql: Sql): Promise<PersonRow> => {
      const link = await peopleStore.findLink(sql, hash);
      const row = link && (await peopleStore.find(sql, 'id', link.personId));
      if (row && !row.disabled && link.expiresAt > isoNow(this.#clock)) return row;
      throw new DomainError('UNAUTHORIZED', 'The link is used up, too old or void');
    };
    return this.#changePassword(owner, password);
  }

  /** Every sign-in but `kept` is over. Throws NOT_FOUND, INVALID_CONFIGURATION. */
  setPassword(id: string, password: string, kept?: string): Promise<PersonRow> {
    return this.#changePassword((sql) => known(sql, id), password, kept);
  }

  /** `whose` is asked before the slow hash, and again where it is written: once is for one. */
  async #changePassword(
    whose: (sql: Sql) => Promise<PersonRow>,
    password: string,
    kept?: string,
  ): Promise<PersonRow> {
    mustBeStrong(password, (await whose(this.#database.sql)).username);
    const passwordHash = await hashPassword(password);
    return this.#changing(async (sql) => {
      const row = await whose(sql);
      // The sign-in that is kept was made before: it lives on by its row, the others die with theirs.
      const tokensValidAfter = kept === undefined ? isoNow(this.#clock) : row.tokensValidAfter;
      const changed = { ...row, passwordHash, mustChangePassword: false, tokensValidAfter };
      await peopleStore.update(sql, changed);
      await peopleStore.forgetLinks(sql, row.id);
      await sessionStore.endAll(sql, { ownerKind: 'person', ownerId: row.id }, kept);
      return changed;
    });
  }

  /** What is read stays true until it is written: a whole row is, and others change other parts of it. */
  #changing<T>(change: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#database.transaction(change));
  }

  #new(fields: Pick<PersonRow, 'username' | 'email' | 'role' | 'extraScopes' | 'reach'>): PersonRow {
    const now = isoNow(this.#clock);
    return {
      ...fields,
      id: newId('person'),
      passwordHash: '',
      disabled: false,
      createdAt: now,
      tokensValidAfter: now,
      totp: null,
      mustChangePassword: false,
      oidcSubject: null,
      lastSignInAt: null,
    };
  }

  async #mustBeFree(sql: Sql, { id, username, email }: PersonRow): Promise<void> {
    const byName = await peopleStore.find(sql, 'username', username);
    if (byName && byName.id !== id) {
      throw new DomainError('CONFLICT', 'The user name is taken', { field: 'username' });
    }
    const byEmail = email === null ? undefined : await peopleStore.find(sql, 'email', email);
    if (byEmail && byEmail.id !== id) {
      throw new DomainError('CONFLICT', 'The address is taken', { field: 'email' });
    }
  }

  async #mustLeaveAdmin(sql: Sql, after: PersonRow): Promise<void> {
    const leads = (row: PersonRow): boolean => row.role === 'admin' && !row.disabled;
    const others = (await peopleStore.all(sql)).filter((row) => row.id !== after.id);
    if (leads(after) || others.some(leads)) return;
    throw new DomainError('CONFLICT', 'One administrator must be left');
  }
}

async function known(sql: Sql, id: string): Promise<PersonRow> {
  const row = await peopleStore.find(sql, 'id', id);
  if (!row) throw notFound('user', id);
  return row;
}

async function view(sql: Sql, row: PersonRow): Promise<PersonView> {
  return { ...row, grants: await grantStore.list(sql, { kind: 'person', id: row.id }) };
}

function mustBeStrong(password: string, username: string): void {
  const weak = weakPassword(password, username);
  if (weak !== undefined) throw invalid('password', weak);
}
