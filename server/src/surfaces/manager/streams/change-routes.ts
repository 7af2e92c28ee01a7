import {
  CreateStream,
  StreamCreated,
  StreamDetail,
  StreamIdParams,
  UpdateStream,
} from '@nightjar/contract/manager';
import { z } from 'zod';
import {
  type App,
  DomainError,
  invalidByIssues,
  type Principal,
  seesUnblurred,
} from '../../../kernel/index.ts';
import { InvalidSettings } from '../../../streams/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';
import { wholeStream } from './whole-stream.ts';

const create = { access: { scope: 'streams:write' } } as const;
const change = { access: { scope: 'streams:write', object: { stream: 'id' } } } as const;
const tags = ['streams'];

/** S2's changes of streams: create, update, remove. */
export function streamChangeRoutes(app: App, rooms: ManagerRooms): void {
  const { streams } = rooms;

  app.post('/api/streams', {
    config: create,
    schema: {
      tags,
      summary: 'Create a stream',
      body: CreateStream,
      response: { 201: StreamCreated, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { id } = (await streams.create(request.body)).stream;
      return reply.code(201).header('location', `/api/streams/${id}`).send({ id, status: 'initializing' });
    },
  });

  app.put('/api/streams/:id', {
    config: change,
    schema: {
      tags,
      summary: 'Update a stream with a JSON merge patch',
      params: StreamIdParams,
      body: UpdateStream,
      response: { 200: StreamDetail, ...errorAnswers },
    },
    handler: async (request) => {
      if ('privacy' in request.body) mustSeeUnblurred(request.principal, request.params.id);
      try {
        return await wholeStream(rooms, await streams.update(request.params.id, request.body));
      } catch (error) {
        throw error instanceof InvalidSettings ? invalidByIssues(error.issues, 'body') : error;
      }
    },
  });

  app.delete('/api/streams/:id', {
    config: change,
    schema: {
      tags,
      summary: 'Remove a stream and its footage',
      params: StreamIdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await streams.remove(request.params.id);
      return reply.code(204).send();
    },
  });
}

/** Whoever may not see the original may not bare it either. Throws FORBIDDEN. */
function mustSeeUnblurred(principal: Principal | undefined, id: string): void {
  if (!seesUnblurred(principal, id))
    throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:unblurred' });
}
