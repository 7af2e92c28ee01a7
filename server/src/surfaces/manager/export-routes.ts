import { CreateExport, Job, JobParams } from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EXPORT } from '../../exports/index.ts';
import type { Job as JobRow } from '../../jobs/index.ts';
import { type App, DomainError, sees, streamNotFound } from '../../kernel/index.ts';
import { mayShowKept } from '../../privacy/index.ts';
import { errorAnswers } from './errors.ts';
import { callerOf, keeps, ownerOf, shownJob } from './jobs.ts';
import type { ManagerRooms } from './rooms.ts';

const tags = ['exports'];
const access = { scope: 'recordings:read', object: 'listing' } as const;

/** Footage to take away: made as a job, loaded by ranges, kept for a week. */
export function exportRoutes(app: App, { exports, jobs, streams }: ManagerRooms): void {
  const own = async (request: FastifyRequest, id: string): Promise<JobRow> => {
    const principal = callerOf(request);
    const job = await jobs.get(id);
    const mine = job.owner === ownerOf(principal) || keeps(principal);
    if (job.kind === EXPORT && mine) return job;
    throw new DomainError('NOT_FOUND', `No job with ID '${id}'`, { job_id: id });
  };

  app.post('/api/exports', {
    config: { access, audit: 'recording.exported' },
    schema: {
      tags,
      summary: 'Export footage: one camera as an MP4, several or signed as a ZIP',
      body: CreateExport,
      response: { 202: Job, ...errorAnswers },
    },
    handler: async (request, reply) => {
      for (const id of request.body.streams) {
        if (!sees(request.principal, 'recordings:read', id)) throw streamNotFound(id);
        await streams.get(id);
      }
      const job = await exports.begin(ownerOf(callerOf(request)), request.body);
      return reply.code(202).header('location', `/api/jobs/${job.id}`).send(shownJob(job));
    },
  });

  app.get('/api/exports/:id/file', {
    config: { access, counted: false, audit: 'recording.export_loaded' },
    schema: { tags, summary: 'Download an export; goes on where it broke off (ranges)', params: JobParams },
    handler: async (request, reply) => {
      const job = await own(request, request.params.id);
      for (const view of await streams.list())
        if (exports.streamsOf(job).includes(view.stream.id))
          mayShowKept(request.principal, view, job.createdAt);
      const { folder, name } = exports.file(job);
      void reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.sendFile(name, folder, { cacheControl: false });
    },
  });

  app.delete('/api/exports/:id', {
    config: { access },
    schema: {
      tags,
      summary: 'Cancel an export, or remove its file',
      params: JobParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await exports.remove(await own(request, request.params.id));
      return reply.code(204).send();
    },
  });
}
