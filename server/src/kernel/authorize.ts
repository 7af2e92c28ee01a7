import type { Scope } from '@nightjar/contract';
import type { Principal } from './http/principal.ts';

/** What somebody wants to touch. */
export type Protected = { kind: 'system' } | { kind: 'listing' } | { kind: 'stream'; id: string };

/**
 * What is to be answered: `hidden` is a stream that this principal must not even know of, and is answered as
 * one that is not there.
 */
export type Verdict = 'allowed' | 'unauthenticated' | 'forbidden' | 'hidden';

/**
 * The one rule of who may do what. A principal needs the scope; whoever reaches single streams only needs the
 * stream among them too, and never touches the installation as a whole.
 */
export function authorize(principal: Principal | undefined, action: Scope, object: Protected): Verdict {
  if (!principal) return 'unauthenticated';
  if (!principal.scopes.includes(action)) return 'forbidden';
  const { reach } = principal;
  if (reach === 'all' || object.kind === 'listing') return 'allowed';
  if (object.kind === 'system') return 'forbidden';
  const counting = reach.get(object.id);
  if (counting === undefined) return 'hidden';
  return counting === null || counting.includes(action) ? 'allowed' : 'forbidden';
}

/** Whether a stream belongs into what a principal is shown. */
export const sees = (principal: Principal | undefined, action: Scope, streamId: string): boolean =>
  authorize(principal, action, { kind: 'stream', id: streamId }) === 'allowed';

/**
 * Whether the original picture of a stream may be given out; else only the blurred rendition of a stream whose
 * privacy is on.
 */
export const seesUnblurred = (principal: Principal | undefined, streamId: string): boolean =>
  sees(principal, 'streams:unblurred', streamId);

const OPENS_ORIGINALS = ['recordings:read', 'streams:unblurred', 'originals:read'] as const;

/** Whether recorded originals of a stream may be opened: it has its own scope, beside those to footage and to originals. */
export const seesOriginals = (principal: Principal | undefined, streamId: string): boolean =>
  OPENS_ORIGINALS.every((scope) => sees(principal, scope, streamId));

/** Whether a list of recorded originals may be asked for; which belong into it is asked of each stream. */
export const listsOriginals = (principal: Principal | undefined): boolean =>
  OPENS_ORIGINALS.every((scope) => authorize(principal, scope, { kind: 'listing' }) === 'allowed');
