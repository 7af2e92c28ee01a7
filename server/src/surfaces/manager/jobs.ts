import type { FastifyRequest } from 'fastify';
import type { Job as JobRow } from '../../jobs/index.ts';
import { authorize, DomainError, type Principal } from '../../kernel/index.ts';

/** A job in the words of the interface; what was asked for stays with its kind. */
export const shownJob = (job: JobRow) => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  progress: job.progress,
  owner: job.owner,
  stream_id: job.streamId,
  result: job.result,
  error: job.error,
  created_at: job.createdAt,
  due_at: job.dueAt,
  started_at: job.startedAt,
  ended_at: job.endedAt,
});

/** Who calls; the route's policy has let them in. */
export function callerOf({ principal }: FastifyRequest): Principal {
  if (!principal) throw new DomainError('UNAUTHORIZED');
  return principal;
}

/** Who keeps the installation sees everybody's jobs. */
export const keeps = (principal: Principal): boolean =>
  authorize(principal, 'config:write', { kind: 'system' }) === 'allowed';

/** As jobs name it. */
export const ownerOf = ({ kind, id }: Principal): string => `${kind}:${id}`;
