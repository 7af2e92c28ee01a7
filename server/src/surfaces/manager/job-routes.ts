import { Job, JobList, JobParams, JobQuery } from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import type { Job as JobRow } from '../../jobs/index.ts';
import { type App, authorize, DomainError, type Principal } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { ManagerRooms } from './rooms.ts';

const tags = ['jobs'];
const config = { access: 'self' } as const;

const shown = (job: JobRow) => ({
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

function caller({ principal }: FastifyRequest): Principal {
  if (!principal) throw new DomainError('UNAUTHORIZED');
  return principal;
}

/** Who keeps the installation sees everybody's jobs. */
const keeps = (principal: Principal): boolean =>
  authorize(principal, 'config:write', { kind: 'system' }) === 'allowed';

const ownerOf = ({ kind, id }: Principal): string => `${kind}:${id}`;

/** Work behind requests: the caller's own, and everybody's for those who keep the installation. */
export function jobRoutes(app: App, { jobs }: ManagerRooms): void {
  const own = async (request: FastifyRequest, id: string): Promise<JobRow> => {
    const principal = caller(request);
    const job = await jobs.get(id);
    if (job.owner === ownerOf(principal) || keeps(principal)) return job;
    throw new DomainError('NOT_FOUND', `No job with ID '${id}'`, { job_id: id });
  };

  app.get('/api/jobs', {
    config,
    schema: {
      tags,
      summary: 'List jobs, the newest first',
      querystring: JobQuery,
      response: { 200: JobList, ...errorAnswers },
    },
    handler: async (request) => {
      const principal = caller(request);
      const { limit, offset } = request.query;
      const owner = keeps(principal) ? undefined : ownerOf(principal);
      const found = await jobs.list({ ...request.query, owner });
      return { jobs: found.jobs.map(shown), total: found.total, limit, offset };
    },
  });

  app.get('/api/jobs/:id', {
    config,
    schema: {
      tags,
      summary: 'Get how far a job is',
      params: JobParams,
      response: { 200: Job, ...errorAnswers },
    },
    handler: async (request) => shown(await own(request, request.params.id)),
  });

  app.delete('/api/jobs/:id', {
    config,
    schema: {
      tags,
      summary: 'Cancel a job that has not ended',
      params: JobParams,
      response: { 200: Job, ...errorAnswers },
    },
    handler: async (request) => {
      const { id } = await own(request, request.params.id);
      return shown(await jobs.cancel(id));
    },
  });
}
