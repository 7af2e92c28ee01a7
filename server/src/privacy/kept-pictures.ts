import { DomainError, type Principal, seesUnblurred } from '../kernel/index.ts';
import type { StreamView } from '../streams/index.ts';

/** Milliseconds in which the engine carries out what it is told. */
const CARRIED_OUT_MS = 5_000;

/**
 * Whether pictures that were kept apart from footage may be shown: those of before a stream's privacy was turned on
 * are clear. `askedAt`: ISO 8601, when they were ordered. Throws FORBIDDEN.
 */
export function mayShowKept(
  principal: Principal | undefined,
  { stream }: Pick<StreamView, 'stream'>,
  askedAt: string,
): void {
  const { id, privacy, privacySince } = stream;
  if (!privacy.enabled || seesUnblurred(principal, id)) return;
  const covered = privacySince !== null && Date.parse(askedAt) >= Date.parse(privacySince) + CARRIED_OUT_MS;
  if (!covered) throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:unblurred' });
}
