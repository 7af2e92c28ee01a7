import { Job, JobList, JobParams, JobQuery } from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import type { Job as JobRow } from '../../jobs/index.ts';
import { type App, DomainError } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import { callerOf, keeps, ownerOf, shownJob } from './jobs.ts';
import type { ManagerRooms } from './rooms.ts';

const tags = ['jobs'];
const config = { access: 'self' } as const;

/** Work behind requests: the caller's own, and everybody's for those who keep the installation. */
export function jobRoutes(app: App, { jobs }: ManagerRooms): void {
  const own = async (request: FastifyRequest, id: string): Promise<JobRow> => {
    const principal = callerOf(request);
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
      const principal = callerOf(request);
      const { limit, offset } = request.query;
      const owner = keeps(principal) ? undefined : ownerOf(principal);
      const found = await jobs.list({ ...request.query, owner });
      return { jobs: found.jobs.map(shownJob), total: found.total, limit, offset };
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
    handler: async (request) => shownJob(await own(request, request.params.id)),
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
      return shownJob(await jobs.cancel(id));
    },
  });
}
