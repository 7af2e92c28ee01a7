import { timingSafeEqual } from 'node:crypto';
import { ALL_SCOPES } from '@nightjar/contract';
import type { Database } from '../database/index.ts';
import { type Clock, isoNow, type Principal } from '../kernel/index.ts';
import type { Sessions } from './sessions.ts';
import { accessStore } from './store.ts';
import { newId, newToken, tokenHash } from './token.ts';

interface Options {
  database: Database;
  clock: Clock;
  /** The administrator's token as the environment gives it; it counts as long as it is given. */
  adminToken: string | undefined;
  /** The password of `admin` as the environment gives it; only the first start asks. */
  adminPassword: string | undefined;
  sessions: Sessions;
}

const hashBytes = (token: string): Buffer => Buffer.from(tokenHash(token), 'hex');

/** Who is calling and what they may do. */
export class Access {
  readonly #options: Options;
  readonly #adminHash: Buffer | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#adminHash = options.adminToken === undefined ? undefined : hashBytes(options.adminToken);
  }

  /** The principal of a bearer credential; undefined for what is unknown or expired. */
  async authenticate(credential: string): Promise<Principal | undefined> {
    if (this.#adminHash && timingSafeEqual(this.#adminHash, hashBytes(credential))) {
      return { kind: 'api_token', id: 'environment', name: 'environment', scopes: ALL_SCOPES, reach: 'all' };
    }
    const { database, clock, sessions } = this.#options;
    if (!credential.startsWith('nj_')) return sessions.authenticate(credential);
    const token = await accessStore.tokenByHash(database.sql, tokenHash(credential));
    if (!token || (token.expiresAt !== null && token.expiresAt <= isoNow(clock))) return undefined;
    return { kind: 'api_token', id: token.id, name: token.name, scopes: token.scopes, reach: 'all' };
  }

  /**
   * How to sign in, as the end of the readiness line. The first start makes the administrator's token,
   * unless the environment gives one, and the person `admin`; what it made up is shown this once.
   */
  async signIn(showGiven: boolean): Promise<string> {
    const { adminToken, adminPassword, sessions } = this.#options;
    const token = (await this.#firstToken()) ?? (showGiven ? adminToken : undefined);
    const password = await sessions.firstAdmin(adminPassword);
    const byToken = token === undefined ? 'your administrator token' : `the token ${token}`;
    const byPassword = password === undefined ? '' : `  or as admin with the password ${password}`;
    return `sign in with ${byToken}${byPassword}`;
  }

  async #firstToken(): Promise<string | undefined> {
    const { database, clock } = this.#options;
    if (this.#adminHash || (await accessStore.countTokens(database.sql)) > 0) return undefined;
    const token = newToken();
    await accessStore.addToken(database.sql, {
      id: newId('token'),
      name: 'administrator',
      hash: tokenHash(token),
      scopes: ALL_SCOPES,
      createdAt: isoNow(clock),
      expiresAt: null,
    });
    return token;
  }
}
