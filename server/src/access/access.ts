import { timingSafeEqual } from 'node:crypto';
import { ALL_SCOPES } from '@nightjar/contract';
import type { Database } from '../database/index.ts';
import {
  authorize,
  type Principal,
  type Reach,
  type Secret,
  seesOriginals,
  seesUnblurred,
} from '../kernel/index.ts';
import { type GrantOwner, grantStore, narrower, reachOf, type Territory } from './grants.ts';
import type { ApiClients } from './machines/clients.ts';
import type { TokenRow } from './machines/token-store.ts';
import type { ApiTokens } from './machines/tokens.ts';
import { scopesOf } from './people/people.ts';
import { type PersonRow, peopleStore } from './people/store.ts';
import { tokenHash } from './secrets.ts';
import { sessionStore } from './sign-in/session-store.ts';
import type { Sessions } from './sign-in/sessions.ts';
import type { Tokens } from './sign-in/tokens.ts';
import { type GrantBearer, type MediaTickets, narrowed } from './tickets/media-tickets.ts';

interface Options {
  database: Database;
  /** The administrator's token as the environment gives it; it counts as long as it is given. */
  adminToken: Secret | undefined;
  /** The password of `admin` as the environment gives it; only the first start asks. */
  adminPassword: Secret | undefined;
  sessions: Sessions;
  tokens: Tokens;
  apiTokens: ApiTokens;
  clients: ApiClients;
  tickets: MediaTickets;
  territory: Territory;
}

const hashBytes = (token: string): Buffer => Buffer.from(tokenHash(token), 'hex');
const ENVIRONMENT = 'environment';

/** Who is calling and what they may do, by whatever they show, as it is at this moment. */
export class Access {
  readonly #options: Options;
  readonly #adminHash: Buffer | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#adminHash = options.adminToken === undefined ? undefined : hashBytes(options.adminToken.reveal());
  }

  /** The principal of a bearer credential; undefined for what is unknown, expired or revoked. */
  async authenticate(credential: string): Promise<Principal | undefined> {
    if (this.#adminHash && timingSafeEqual(this.#adminHash, hashBytes(credential)))
      return this.#environment();
    const { apiTokens, tokens } = this.#options;
    if (credential.startsWith('nj_')) {
      const row = await apiTokens.open(credential);
      if (!row) return undefined;
      await apiTokens.touch(row.id);
      return this.#ofToken(row);
    }
    const opened = await tokens.open(credential);
    if (!opened) return undefined;
    const { ownerKind, ownerId, id } = opened.signIn;
    const bearer = { kind: ownerKind, id: ownerId, session: id };
    return this.principalOf(bearer, opened.claims.iat);
  }

  /** The principal of a media ticket: its owner, as far as media of its one stream goes. */
  async redeem(ticket: string): Promise<Principal | undefined> {
    const opened = this.#options.tickets.open(ticket);
    const principal = opened && (await this.principalOf(opened.bearer));
    return principal && narrowed(principal, opened.streamId);
  }

  /**
   * Whether the bearer of a token, or of a ticket's grant, may watch a stream now; the engine asks at the
   * beginning and every few seconds after it.
   */
  async mayWatch(
    streamId: string,
    proof: string,
  ): Promise<{ allowed: boolean; sub?: string; unblurred?: boolean }> {
    const { tickets } = this.#options;
    const bearer = tickets.openGrant(proof, streamId) ?? tickets.openLogin(streamId, proof);
    const principal = bearer ? await this.principalOf(bearer) : await this.authenticate(proof);
    const verdict = authorize(principal, 'streams:read', { kind: 'stream', id: streamId });
    if (!principal || verdict !== 'allowed') return { allowed: false };
    const unblurred = seesUnblurred(principal, streamId);
    return { allowed: true, sub: `${principal.kind}:${principal.id}`, unblurred };
  }

  /** Whose grant it is, and whether they may see recorded originals of a stream now. */
  async judgeOriginals(
    streamId: string,
    grant: string,
  ): Promise<{ principal?: Principal | undefined; allowed: boolean }> {
    const bearer = this.#options.tickets.openOriginalsGrant(grant, streamId);
    const principal = bearer && (await this.principalOf(bearer));
    return { principal, allowed: seesOriginals(principal, streamId) };
  }

  /** What somebody who was identified before may do now; undefined when they may not come in any more. */
  async principalOf(bearer: GrantBearer, issuedAt?: number): Promise<Principal | undefined> {
    const { kind, id, session } = bearer;
    if (kind === 'api_token') {
      if (id === ENVIRONMENT) return this.#adminHash && this.#environment();
      const row = await this.#options.apiTokens.reopen(id);
      return row && this.#ofToken(row);
    }
    const { sql } = this.#options.database;
    const signIn = session === undefined ? undefined : await sessionStore.find(sql, session);
    if (signIn?.ownerKind !== kind || signIn.ownerId !== id) return undefined;
    const principal =
      kind === 'person' ? await this.#ofPersonId(id, issuedAt) : await this.#ofClient(id, issuedAt);
    return principal && { ...principal, session };
  }

  /** What somebody may do now who is not here, for what is done in their name; undefined when they are gone. */
  async standing({ kind, id }: GrantOwner): Promise<Principal | undefined> {
    if (kind === 'api_token') return this.principalOf({ kind, id, session: undefined });
    return kind === 'person' ? this.#ofPersonId(id, undefined) : this.#ofClient(id, undefined);
  }

  csrfMatches(principal: Principal, token: string): boolean {
    return principal.session !== undefined && this.#options.tokens.csrfMatches(principal.session, token);
  }

  /**
   * How to sign in, as the end of the readiness line. The first start makes the administrator's token,
   * unless the environment gives one, and the person `admin`; what it made up is shown this once.
   */
  async signIn(showGiven: boolean): Promise<string> {
    const { adminToken, adminPassword, sessions, apiTokens } = this.#options;
    const first = this.#adminHash ? undefined : await apiTokens.first();
    const token = first ?? (showGiven ? adminToken?.reveal() : undefined);
    const password = await sessions.firstAdmin(adminPassword);
    const byToken = token === undefined ? 'your administrator token' : `the token ${token}`;
    const byPassword = password === undefined ? '' : `  or as admin with the password ${password}`;
    return `sign in with ${byToken}${byPassword}`;
  }

  #environment(): Principal {
    return { kind: 'api_token', id: ENVIRONMENT, name: ENVIRONMENT, scopes: ALL_SCOPES, reach: 'all' };
  }

  /** A token never does or reaches more than the person who made it, but for who may do nothing else. */
  async #ofToken(row: TokenRow): Promise<Principal | undefined> {
    const own = await this.#reach({ kind: 'api_token', id: row.id }, row.reach);
    const principal: Principal = {
      kind: 'api_token',
      id: row.id,
      name: row.name,
      scopes: row.scopes,
      reach: own,
      rateLimit: row.rateLimit ?? undefined,
    };
    if (row.ownerId === null) return principal;
    const owner = await peopleStore.find(this.#options.database.sql, 'id', row.ownerId);
    if (!owner || owner.disabled) return undefined;
    const bound = scopesOf(owner);
    const scopes = owner.role === 'api' ? row.scopes : row.scopes.filter((scope) => bound.includes(scope));
    return { ...principal, scopes, reach: narrower(own, await this.#reachOfPerson(owner)) };
  }

  async #ofPersonId(id: string, issuedAt: number | undefined): Promise<Principal | undefined> {
    const person = await peopleStore.find(this.#options.database.sql, 'id', id);
    if (!person || person.disabled || isTooOld(issuedAt, person.tokensValidAfter)) return undefined;
    const reach = await this.#reachOfPerson(person);
    return { kind: 'person', id, name: person.username, scopes: scopesOf(person), reach };
  }

  async #ofClient(id: string, issuedAt: number | undefined): Promise<Principal | undefined> {
    const client = await this.#options.clients.find(id);
    if (!client || isTooOld(issuedAt, client.tokensValidAfter)) return undefined;
    const reach = await this.#reach({ kind: 'api_client', id }, client.reach);
    return { kind: 'api_client', id, name: client.name, scopes: client.scopes, reach };
  }

  /** An administrator reaches everything. */
  #reachOfPerson({ id, role, reach }: PersonRow): Promise<Reach> {
    return this.#reach({ kind: 'person', id }, role === 'admin' ? 'all' : reach);
  }

  async #reach(owner: GrantOwner, reach: 'all' | 'granted'): Promise<Reach> {
    if (reach === 'all') return 'all';
    const { database, territory } = this.#options;
    return reachOf(database.sql, await grantStore.list(database.sql, owner), territory);
  }
}

/** Whether a token of this second was issued before its owner's tokens count; Unix seconds against ISO 8601. */
const isTooOld = (issuedAt: number | undefined, validAfter: string): boolean =>
  issuedAt !== undefined && issuedAt < Math.floor(Date.parse(validAfter) / 1000);
