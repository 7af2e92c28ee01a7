import { timingSafeEqual } from 'node:crypto';
import { macOf } from '@nightjar/contract/link';
import type { Database, Sql } from '../../database/index.ts';
import { type Clock, isoNow, type Log } from '../../kernel/index.ts';
import type { PersonRow } from '../people/store.ts';
import { newId, newSecret, tokenHash } from '../secrets.ts';
import { type Claims, openJwt, signJwt } from './jwt.ts';
import { type RefreshRow, type SignInMethod, type SignInRow, sessionStore } from './session-store.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** Signs access tokens, CSRF tokens and device cookies. */
  key: Buffer;
}

/** Who signs in, and how. */
export interface SigningIn {
  ownerKind: SignInRow['ownerKind'];
  ownerId: string;
  method: SignInMethod;
  address: string;
  userAgent: string;
}

/** What a sign-in or a refresh gives. */
export interface Issued {
  accessToken: string;
  refreshToken: string;
  /** Seconds. */
  expiresIn: number;
  /** Id of the sign-in. */
  signIn: string;
}

/** Whose device it is, as they stand. */
type Device = Pick<PersonRow, 'id' | 'tokensValidAfter' | 'passwordHash'>;

export const ACCESS_SECONDS = 3_600;
export const REFRESH_SECONDS = 7 * 86_400;
/** Two tabs that refresh at the same moment, or an answer that was lost on the way, are no theft. */
const GRACE_MS = 10_000;
const MAX_AGENT = 200;

/** Short access tokens and rotating refresh tokens of one sign-in (RFC 9700 §4.14). */
export class Tokens {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins a sign-in. */
  async begin(sql: Sql, who: SigningIn): Promise<Issued> {
    const { clock } = this.#options;
    const now = isoNow(clock);
    await sessionStore.forgetExpired(sql, now);
    const id = newId('session');
    await sessionStore.add(sql, {
      ...who,
      id,
      userAgent: who.userAgent.slice(0, MAX_AGENT),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: this.#refreshEnd(),
    });
    return this.#issue(sql, id, who.ownerId);
  }

  /**
   * Trades a refresh token once, and within 10 s of that again. One that comes back later ends its sign-in, and
   * with it every token that came of it. Undefined for one that does not count.
   */
  async refresh(
    token: string,
    mayCome: (sql: Sql, signIn: SignInRow) => Promise<boolean>,
  ): Promise<{ issued: Issued; signIn: SignInRow } | undefined> {
    const { database, clock } = this.#options;
    return database.transaction(async (sql) => {
      const row = await sessionStore.findRefresh(sql, tokenHash(token));
      const signIn = row && (await sessionStore.find(sql, row.signInId));
      if (!signIn || row.expiresAt <= isoNow(clock)) return undefined;
      if (this.#isReuse(row) || !(await mayCome(sql, signIn))) {
        await this.#endStolen(sql, row, signIn);
        return undefined;
      }
      if (row.usedAt === null) await sessionStore.useRefresh(sql, row.hash, isoNow(clock));
      await sessionStore.used(sql, signIn.id, isoNow(clock), this.#refreshEnd());
      return { issued: await this.#issue(sql, signIn.id, signIn.ownerId), signIn };
    });
  }

  /** The claims of an access token whose sign-in still stands. */
  async open(token: string): Promise<{ claims: Claims; signIn: SignInRow } | undefined> {
    const { database, clock, key } = this.#options;
    const claims = openJwt(key, token, clock.utc() / 1000);
    const signIn = claims && (await sessionStore.find(database.sql, claims.sid));
    return signIn && signIn.ownerId === claims.sub ? { claims, signIn } : undefined;
  }

  /** What the page sends back with every change: bound to the sign-in, so that no other page can know it. */
  csrfOf(signIn: string): string {
    return this.#mac(`csrf ${signIn}`);
  }

  csrfMatches(signIn: string, token: string): boolean {
    return equal(this.csrfOf(signIn), token);
  }

  /** Proves that a person has signed in on this device before; void after the next change of the password. */
  deviceOf({ id, tokensValidAfter, passwordHash }: Device): string {
    return `${id}.${this.#mac(`device ${id} ${tokensValidAfter} ${passwordHash}`)}`;
  }

  deviceMatches(person: Device, token: string): boolean {
    return equal(this.deviceOf(person), token);
  }

  #mac(text: string): string {
    return macOf(this.#options.key, text).digest('base64url');
  }

  #refreshEnd(): string {
    return new Date(this.#options.clock.utc() + REFRESH_SECONDS * 1000).toISOString();
  }

  #isReuse({ usedAt }: RefreshRow): boolean {
    return usedAt !== null && this.#options.clock.utc() - Date.parse(usedAt) > GRACE_MS;
  }

  async #endStolen(sql: Sql, row: RefreshRow, signIn: SignInRow): Promise<void> {
    await sessionStore.end(sql, signIn.id);
    const { ownerKind, ownerId } = signIn;
    const why = row.usedAt === null ? 'its owner may no longer come in' : 'it was used before';
    this.#options.log.warn(
      { ownerKind, owner: ownerId, why },
      'a refresh token is refused; its sign-in is ended',
    );
  }

  async #issue(sql: Sql, signIn: string, ownerId: string): Promise<Issued> {
    const { clock, key } = this.#options;
    const refreshToken = newSecret('nr');
    await sessionStore.addRefresh(sql, {
      hash: tokenHash(refreshToken),
      signInId: signIn,
      issuedAt: isoNow(clock),
      expiresAt: this.#refreshEnd(),
      usedAt: null,
    });
    const iat = Math.floor(clock.utc() / 1000);
    const claims = { sub: ownerId, sid: signIn, iat, exp: iat + ACCESS_SECONDS };
    return { accessToken: signJwt(key, claims), refreshToken, expiresIn: ACCESS_SECONDS, signIn };
  }
}

function equal(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
