import {
  CreateExport,
  ExportFileQuery,
  ExportLink,
  ExportLinkQuery,
  Job,
  JobParams,
} from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Job as JobRow } from '../../jobs/index.ts';
import { type App, DomainError, type Principal, pathOf, sees, streamNotFound } from '../../kernel/index.ts';
import { mayShowKept } from '../../privacy/index.ts';
import { EXPORT } from '../../recordings/exports/index.ts';
import { errorAnswers } from './errors.ts';
import { callerOf, keeps, ownerOf, shownJob } from './jobs.ts';
import type { ManagerRooms } from './rooms.ts';

const tags = ['exports'];
const access = { scope: 'recordings:read', object: 'listing' } as const;

/** Whoever has a link to an export: may see what is in it as everybody may who sees no originals. */
const bearerOf = (streams: readonly string[]): Principal => ({
  kind: 'api_token',
  id: 'signed-url',
  name: 'signed url',
  scopes: ['recordings:read'],
  reach: new Map(streams.map((id) => [id, null])),
});

type Own = (request: FastifyRequest, id: string) => Promise<JobRow>;

/** What somebody may see no more is not there for them, though they had it made. */
function mustStillSee(principal: Principal | undefined, streams: readonly string[], id: string): void {
  if (streams.every((stream) => sees(principal, 'recordings:read', stream))) return;
  throw new DomainError('NOT_FOUND', `No job with ID '${id}'`, { job_id: id });
}

/** Footage to take away: made as a job, loaded by ranges, kept for a week. */
export function exportRoutes(app: App, rooms: ManagerRooms): void {
  const { exports, jobs, streams } = rooms;
  const own: Own = async (request: FastifyRequest, id: string): Promise<JobRow> => {
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

  fileRoutes(app, rooms, own);

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

/** The file, for who made it and for who has a link to it. */
function fileRoutes(app: App, rooms: ManagerRooms, own: Own): void {
  const { exports, jobs, streams, signedUrls } = rooms;
  const isSigned = (request: FastifyRequest): boolean =>
    signedUrls.opens({ method: request.method, path: pathOf(request), query: request.query });

  app.get('/api/exports/:id/file', {
    config: {
      access: { ...access, openTo: isSigned },
      counted: false,
      audit: 'recording.export_loaded',
    },
    schema: {
      tags,
      summary: 'Download an export; goes on where it broke off (ranges)',
      params: JobParams,
      querystring: ExportFileQuery,
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const linked = isSigned(request);
      const job = linked ? await jobs.get(id) : await own(request, id);
      if (linked) request.principal = bearerOf(exports.streamsOf(job));
      mustStillSee(request.principal, exports.streamsOf(job), id);
      for (const view of await streams.list())
        if (exports.streamsOf(job).includes(view.stream.id))
          mayShowKept(request.principal, view, job.createdAt);
      const { folder, name } = exports.file(job);
      void reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.sendFile(name, folder, { cacheControl: false });
    },
  });

  app.get('/api/exports/:id/link', {
    config: { access, audit: 'recording.url_signed' },
    schema: {
      tags,
      summary: 'Get a link to an export: who has it may download the file for a while',
      params: JobParams,
      querystring: ExportLinkQuery,
      response: { 200: ExportLink, ...errorAnswers },
    },
    handler: async (request) => {
      const { params, query, protocol, host } = request;
      const job = await own(request, params.id);
      mustStillSee(request.principal, exports.streamsOf(job), params.id);
      exports.file(job);
      const { url, expiresAt } = signedUrls.sign(`/api/exports/${params.id}/file`, query.expires_in);
      return { url: `${protocol}://${host}${url}`, expires_at: expiresAt };
    },
  });
}
