import { type PersonView, scopesOf, type TokenView } from '../../../access/index.ts';
import { type Clock, DomainError, type Principal } from '../../../kernel/index.ts';

export { defined } from '../../../kernel/index.ts';

/** The caller, who the route's policy has let in. */
export function caller(principal: Principal | undefined): Principal {
  if (!principal) throw new DomainError('UNAUTHORIZED');
  return principal;
}

const grantsOf = ({ grants }: Pick<PersonView, 'grants'>) =>
  grants.map((grant) => ({ ...grant, scopes: grant.scopes && [...grant.scopes] }));

/** A person as S3 shows them. */
export const userOf = (person: PersonView) => ({
  id: person.id,
  username: person.username,
  email: person.email,
  role: person.role,
  extra_scopes: [...person.extraScopes],
  scopes: [...scopesOf(person)],
  reach: person.reach,
  grants: grantsOf(person),
  disabled: person.disabled,
  second_factor: person.totp?.confirmed === true,
  pending: person.passwordHash === '' && person.oidcSubject === null,
  created_at: person.createdAt,
  last_sign_in_at: person.lastSignInAt,
});

/** An API token as S3 shows it, without the token. */
export const tokenOf = (token: TokenView) => ({
  id: token.id,
  name: token.name,
  scopes: [...token.scopes],
  reach: token.reach,
  grants: grantsOf(token),
  rate_limit: token.rateLimit,
  owner_id: token.ownerId,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  last_used_at: token.lastUsedAt,
  revoked_at: token.revokedAt,
});

/** When something is over that lasts some seconds from now; null is never. */
export const endOf = (clock: Pick<Clock, 'utc'>, seconds: number | null | undefined): string | null =>
  seconds === null || seconds === undefined ? null : new Date(clock.utc() + seconds * 1000).toISOString();

/** Where a person opens a link that sets a password; the token is behind `#`, which no server sees. */
export const linkOf = ({ token, expiresAt }: { token: string; expiresAt: string }) => ({
  token,
  path: `/#/password?token=${token}`,
  expires_at: expiresAt,
});

/** A page of a list that is in memory. */
export const pageOf = <T>(all: readonly T[], { limit, offset }: { limit: number; offset: number }) => ({
  items: all.slice(offset, offset + limit),
  total: all.length,
  limit,
  offset,
});
