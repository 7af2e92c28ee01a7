import type { Role } from '@nightjar/contract';
import type * as OpenId from 'openid-client';
import { z } from 'zod';
import type { Database, Sql } from '../../database/index.ts';
import { type Clock, DomainError, isoNow, type Log, type Secret } from '../../kernel/index.ts';
import { type PersonRow, peopleStore } from '../people/store.ts';
import { newId } from '../secrets.ts';
import { Challenges } from '../tickets/challenges.ts';

/** How people of an identity provider come in. */
export interface OidcSettings {
  /** Where the provider describes itself (OpenID Connect Discovery). */
  issuer: string;
  clientId: string;
  clientSecret: Secret | undefined;
  /** What the page calls it. */
  name: string;
  scopes: readonly string[];
  /** Claim that lists a person's groups. */
  groupsClaim: string;
  /** Role of who is in a group; the first that matches counts. */
  roles: readonly { group: string; role: Role }[];
  /** Role of who is in none of them; null keeps them out. */
  defaultRole: Role | null;
}

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** As it is set now; undefined is none. */
  settings: () => OidcSettings | undefined;
}

/** What is kept between the two halves of a sign-in. */
interface Begun {
  nonce: string;
  verifier: string;
  redirectUri: string;
}

const Claims = z.object({
  sub: z.string().min(1).max(255),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
});
const Groups = z.union([z.array(z.string()), z.string().transform((group) => [group])]);
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(\/|$)/;
/** Loaded with the first sign-in by it: most installations have no identity provider. */
const openId = (): Promise<typeof OpenId> => import('openid-client');
const refused = (why: string): DomainError => new DomainError('UNAUTHORIZED', why);

/** Signing in at an identity provider: authorization code with PKCE (RFC 7636, RFC 9700 §2.1.1), state and nonce. */
export class Oidc {
  readonly #options: Options;
  readonly #begun: Challenges<Begun>;
  #provider: { key: string; config: Promise<OpenId.Configuration> } | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#begun = new Challenges(options.clock);
  }

  /** What the page calls the provider; undefined when there is none. */
  get name(): string | undefined {
    return this.#options.settings()?.name;
  }

  /**
   * Where the browser is to go, and the state it must come back with; the state goes into a cookie too, so that
   * nobody can be made to end a sign-in that somebody else began. Throws NOT_FOUND, PROVIDER_UNAVAILABLE.
   */
  async begin(redirectUri: string): Promise<{ url: string; state: string }> {
    const { config, settings } = await this.#provided();
    const client = await openId();
    const verifier = client.randomPKCECodeVerifier();
    const nonce = client.randomNonce();
    const state = this.#begun.begin({ nonce, verifier, redirectUri });
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: settings.scopes.join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    return { url: url.href, state };
  }

  /** The person who comes back; made at the first time, their role set anew each time. Throws UNAUTHORIZED. */
  async end(callback: URL, state: string): Promise<PersonRow> {
    const begun = this.#begun.look(state);
    this.#begun.end(state);
    if (!begun) throw refused('Sign in again');
    const { config, settings } = await this.#provided();
    const url = new URL(begun.redirectUri);
    url.search = callback.search;
    const claims = await this.#claims(config, url, state, begun);
    const role = roleOf(settings, claims);
    if (role === undefined) throw refused('Your account may not use this system');
    return this.#options.database.transaction((sql) =>
      this.#person(sql, `${settings.issuer}|${claims.sub}`, claims, role),
    );
  }

  async #claims(
    config: OpenId.Configuration,
    url: URL,
    state: string,
    { nonce, verifier }: Begun,
  ): Promise<z.infer<typeof Claims> & Record<string, unknown>> {
    try {
      const client = await openId();
      const tokens = await client.authorizationCodeGrant(config, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() ?? {};
      return { ...claims, ...Claims.parse(claims) };
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a sign-in by the identity provider failed');
      throw refused('The identity provider did not vouch for you');
    }
  }

  async #person(sql: Sql, subject: string, claims: z.infer<typeof Claims>, role: Role): Promise<PersonRow> {
    const known = await peopleStore.find(sql, 'oidc_subject', subject);
    if (known?.disabled) throw refused('Your account may not use this system');
    if (known) {
      const updated = { ...known, role };
      await peopleStore.update(sql, updated);
      return updated;
    }
    // An address that the provider has not verified could be anybody's.
    const email = claims.email_verified === true ? (claims.email?.toLowerCase() ?? null) : null;
    const taken = email !== null && (await peopleStore.find(sql, 'email', email)) !== undefined;
    const now = isoNow(this.#options.clock);
    const person: PersonRow = {
      id: newId('person'),
      username: await freeName(sql, claims),
      email: taken ? null : email,
      passwordHash: '',
      role,
      extraScopes: [],
      reach: 'all',
      disabled: false,
      createdAt: now,
      tokensValidAfter: now,
      totp: null,
      mustChangePassword: false,
      oidcSubject: subject,
      lastSignInAt: null,
    };
    await peopleStore.add(sql, person);
    return person;
  }

  /** The provider's own description is fetched once, and again when it could not be. */
  async #provided(): Promise<{ config: OpenId.Configuration; settings: OidcSettings }> {
    const settings = this.#options.settings();
    if (!settings) throw new DomainError('NOT_FOUND', 'No identity provider is configured');
    const key = JSON.stringify([settings.issuer, settings.clientId, settings.clientSecret?.reveal()]);
    if (this.#provider?.key !== key) this.#provider = { key, config: discover(settings) };
    try {
      return { config: await this.#provider.config, settings };
    } catch (error) {
      this.#provider = undefined;
      this.#options.log.error({ err: error }, 'the identity provider could not be asked');
      throw new DomainError('PROVIDER_UNAVAILABLE');
    }
  }
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<OpenId.Configuration> {
  const client = await openId();
  // Clear text only to this very machine.
  const execute = LOOPBACK.test(issuer) ? [client.allowInsecureRequests] : [];
  return client.discovery(new URL(issuer), clientId, clientSecret?.reveal(), undefined, {
    execute,
    timeout: 10,
  });
}

function roleOf(settings: OidcSettings, claims: Record<string, unknown>): Role | undefined {
  const groups = Groups.safeParse(claims[settings.groupsClaim]).data ?? [];
  const found = settings.roles.find(({ group }) => groups.includes(group));
  return found?.role ?? settings.defaultRole ?? undefined;
}

/** A name that nobody has: what the provider calls them, with a number where it is taken. */
async function freeName(
  sql: Sql,
  { preferred_username, email, sub }: z.infer<typeof Claims>,
): Promise<string> {
  const wanted = (preferred_username ?? email?.split('@')[0] ?? sub).toLowerCase();
  const base = wanted.replace(/[^\p{L}\p{N}._-]/gu, '').slice(0, 50) || 'person';
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!(await peopleStore.find(sql, 'username', name))) return name;
  }
}
