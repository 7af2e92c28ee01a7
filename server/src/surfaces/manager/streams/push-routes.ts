import {
  CreatePush,
  Push,
  PushList,
  PushParams,
  StreamIdParams,
  UpdatePush,
} from '@nightjar/contract/manager';
import { z } from 'zod';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

// An address holds a key: who may only watch does not see where a stream goes.
const config = { access: { scope: 'streams:write', object: { stream: 'id' } } } as const;
const tags = ['streams'];
const path = '/api/streams/:id/pushes';

/** S2's streams that are sent on to servers outside. */
export function pushRoutes(app: App, { pushes }: ManagerRooms): void {
  app.get(path, {
    config,
    schema: {
      tags,
      summary: 'List the servers that a stream is sent on to',
      params: StreamIdParams,
      response: { 200: PushList, ...errorAnswers },
    },
    handler: async ({ params: { id } }) => ({ pushes: await pushes.list(id) }),
  });

  app.post(path, {
    config,
    schema: {
      tags,
      summary: 'Send a stream on to a server by RTMP or RTSP',
      params: StreamIdParams,
      body: CreatePush,
      response: { 201: Push, ...errorAnswers },
    },
    handler: async ({ params: { id }, body }, reply) => reply.code(201).send(await pushes.create(id, body)),
  });

  app.put(`${path}/:push_id`, {
    config,
    schema: {
      tags,
      summary: 'Switch a push on or off',
      params: PushParams,
      body: UpdatePush,
      response: { 200: Push, ...errorAnswers },
    },
    handler: async ({ params: { id, push_id }, body }) => pushes.enable(id, push_id, body.enabled),
  });

  app.delete(`${path}/:push_id`, {
    config,
    schema: {
      tags,
      summary: 'Send a stream no longer to a server',
      params: PushParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params: { id, push_id } }, reply) => {
      await pushes.remove(id, push_id);
      return reply.code(204).send();
    },
  });
}
