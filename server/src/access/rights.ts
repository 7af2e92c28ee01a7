import type { Scope } from '@nightjar/contract';
import { DomainError, type Principal } from '../kernel/index.ts';
import type { Grant } from './grants.ts';

/** Nobody hands out what they have not got. Throws FORBIDDEN that names a scope. */
export function mustHold(giver: Principal, scopes: readonly Scope[]): void {
  const missing = scopes.find((scope) => !giver.scopes.includes(scope));
  if (missing === undefined) return;
  throw new DomainError('FORBIDDEN', 'Nobody grants what they have not got', { scope: missing });
}

/** The scopes that a list of grants and rights may speak of. Throws FORBIDDEN. */
export function mustHoldGrants(giver: Principal, grants: readonly Grant[]): void {
  for (const { scopes } of grants) mustHold(giver, scopes ?? []);
}

export const notFound = (what: string, id: string): DomainError =>
  new DomainError('NOT_FOUND', `No ${what} with ID '${id}'`, { id });
