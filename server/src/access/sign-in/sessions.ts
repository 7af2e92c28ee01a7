import { randomBytes } from 'node:crypto';
import { ROLE_SCOPES } from '@nightjar/contract';
import type { SignedIn } from '@nightjar/contract/platform';
import type { Database, Sql } from '../database/index.ts';
import { type Clock, createSerial, DomainError, isoNow, type Log, type Principal } from '../kernel/index.ts';
import { openJwt, signJwt } from './jwt.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { type PersonRow, peopleStore, type RefreshRow } from './people-store.ts';
import { Throttle } from './throttle.ts';
import { newId, tokenHash } from './token.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** Signs access tokens. */
  key: Buffer;
}

interface Credentials {
  username?: string | undefined;
  email?: string | undefined;
  password: string;
}

const ACCESS_SECONDS = 3_600;
const REFRESH_MS = 7 * 86_400_000;
/** Guesses that may wait for their turn; each costs 19 MiB and some 50 ms while it runs. */
const MAX_WAITING = 16;

const wrong = (): DomainError => new DomainError('UNAUTHORIZED', 'Invalid username or password');
const stale = (): DomainError => new DomainError('UNAUTHORIZED', 'Invalid refresh token');

function tooMany(seconds: number): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many attempts to sign in', { retry_after: seconds });
}

/** People's sign-ins: short access tokens, rotating refresh tokens. */
export class Sessions {
  readonly #options: Options;
  readonly #throttle: Throttle;
  readonly #inTurn = createSerial();
  #waiting = 0;
  #decoy: Promise<string> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#throttle = new Throttle(options.clock);
  }

  /** Throws UNAUTHORIZED alike for an unknown name and a wrong password, RATE_LIMITED after many. */
  async login(credentials: Credentials, address: string): Promise<SignedIn> {
    const name = (credentials.username ?? credentials.email ?? '').toLowerCase();
    const seconds = this.#throttle.wait(name, address);
    if (seconds > 0) throw tooMany(seconds);
    const { database, log } = this.#options;
    const by = credentials.username === undefined ? 'email' : 'username';
    const person = await peopleStore.find(database.sql, by, name);
    const right = await this.#verify(person?.passwordHash, credentials.password);
    if (!person || !right || person.disabled) {
      this.#throttle.failed(name, address);
      log.warn({ address }, 'a sign-in failed');
      throw wrong();
    }
    this.#throttle.succeeded(name, address);
    return this.#issue(database.sql, person, newId('family'));
  }

  /** Trades a refresh token once. One that was used before ends every token that came of the same sign-in. */
  async refresh(token: string): Promise<SignedIn> {
    const { database, clock, log } = this.#options;
    const answer = await database.transaction(async (sql) => {
      const row = await peopleStore.findRefresh(sql, tokenHash(token));
      const person = row && (await peopleStore.find(sql, 'id', row.personId));
      if (!row || !person || person.disabled || row.expiresAt <= isoNow(clock)) return undefined;
      if (row.used || row.issuedAt < person.tokensValidAfter) {
        await peopleStore.revokeFamily(sql, row.family);
        log.warn(
          { person: person.id },
          'a refresh token that was used or void came again; its sign-in is ended',
        );
        return undefined;
      }
      return this.#rotate(sql, person, row);
    });
    if (!answer) throw stale();
    return answer;
  }

  /** The principal of an access token; undefined when it is void or its person may no longer come in. */
  async authenticate(token: string): Promise<Principal | undefined> {
    const { database, clock, key } = this.#options;
    const claims = openJwt(key, token, clock.utc() / 1000);
    const person = claims && (await peopleStore.find(database.sql, 'id', claims.sub));
    if (!person || person.disabled) return undefined;
    if (claims.iat < Math.floor(Date.parse(person.tokensValidAfter) / 1000)) return undefined;
    return {
      kind: 'person',
      id: person.id,
      name: person.username,
      scopes: ROLE_SCOPES[person.role],
      reach: 'all',
    };
  }

  /**
   * On the first start: makes the person `admin`. Answers the password it made up; undefined when one was
   * given, or when there are people already.
   */
  async firstAdmin(given: string | undefined): Promise<string | undefined> {
    const { database, clock } = this.#options;
    if ((await peopleStore.count(database.sql)) > 0) return undefined;
    const password = given ?? randomBytes(15).toString('base64url');
    const now = isoNow(clock);
    await peopleStore.add(database.sql, {
      id: newId('person'),
      username: 'admin',
      email: null,
      passwordHash: await hashPassword(password),
      role: 'admin',
      disabled: false,
      createdAt: now,
      tokensValidAfter: now,
    });
    return given === undefined ? password : undefined;
  }

  /** One at a time, and as long for a name that does not exist. */
  async #verify(hash: string | undefined, password: string): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING) throw tooMany(1);
    this.#waiting += 1;
    try {
      return await this.#inTurn(async () => {
        this.#decoy ??= hashPassword(randomBytes(16).toString('hex'));
        const right = await verifyPassword(hash ?? (await this.#decoy), password);
        return right && hash !== undefined;
      });
    } finally {
      this.#waiting -= 1;
    }
  }

  async #rotate(sql: Sql, person: PersonRow, row: RefreshRow): Promise<SignedIn> {
    await peopleStore.useRefresh(sql, row.hash);
    return this.#issue(sql, person, row.family);
  }

  async #issue(sql: Sql, person: PersonRow, family: string): Promise<SignedIn> {
    const { clock, key } = this.#options;
    const token = `nr_${randomBytes(32).toString('base64url')}`;
    const now = isoNow(clock);
    await peopleStore.forgetExpired(sql, now);
    await peopleStore.addRefresh(sql, {
      hash: tokenHash(token),
      family,
      personId: person.id,
      issuedAt: now,
      expiresAt: new Date(clock.utc() + REFRESH_MS).toISOString(),
      used: false,
    });
    const iat = Math.floor(clock.utc() / 1000);
    return {
      access_token: signJwt(key, { sub: person.id, iat, exp: iat + ACCESS_SECONDS }),
      refresh_token: token,
      expires_in: ACCESS_SECONDS,
      user: {
        id: person.id,
        username: person.username,
        email: person.email,
        role: person.role,
        scopes: [...ROLE_SCOPES[person.role]],
      },
    };
  }
}
