import { randomBytes } from 'node:crypto';
import { CreateStream } from '@nightjar/contract/manager';
import {
  PartnerStream,
  PartnerStreamCreate,
  PartnerStreamList,
  PartnerStreamParams,
  PartnerStreamQuery,
} from '@nightjar/contract/partner';
import { z } from 'zod';
import { type App, sees } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { audienceOf, cameraOf, pageOf, shownStream, stateOf } from './present.ts';

const tags = ['partner streams'];
const one = { access: { scope: 'streams:read', object: { stream: 'stream_id' } } } as const;
const change = { access: { scope: 'streams:write', object: { stream: 'stream_id' } } } as const;

/** An id made by the system: short and readable. */
const newId = (): string => `cam-${randomBytes(4).toString('hex')}`;

/** S4's streams: list, create, details, removal. */
export function streamRoutes(app: App, rooms: PartnerRooms): void {
  const { streams } = rooms;
  const shown = (view: StreamView) => shownStream(view, audienceOf(rooms, view.stream.id));

  app.get('/v2/streams', {
    config: { access: { scope: 'streams:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'List streams',
      querystring: PartnerStreamQuery,
      response: { 200: PartnerStreamList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const { limit, offset } = pageOf(query);
      const found = (await streams.list()).filter(
        (view) =>
          sees(principal, 'streams:read', view.stream.id) &&
          (query.state === undefined || stateOf(view) === query.state) &&
          (query.camera_id === undefined || cameraOf(view) === query.camera_id),
      );
      const page = found.slice(offset, offset + limit).map(shown);
      return { streams: page, total: found.length, limit, offset };
    },
  });

  app.post('/v2/streams', {
    config: { access: { scope: 'streams:write' } },
    schema: {
      tags,
      summary: 'Create the stream of a camera',
      body: PartnerStreamCreate,
      response: { 201: PartnerStream, ...errorAnswers },
    },
    handler: async ({ body }, reply) => {
      const { camera_id: id = newId(), ...settings } = body;
      const view = await streams.create(CreateStream.parse({ id, ...settings }));
      return reply.code(201).header('location', `/v2/streams/${id}`).send(shown(view));
    },
  });

  app.get('/v2/streams/:stream_id', {
    config: one,
    schema: {
      tags,
      summary: 'Get a stream with its producer and the number of its consumers',
      params: PartnerStreamParams,
      response: { 200: PartnerStream, ...errorAnswers },
    },
    handler: async ({ params }) => shown(await streams.get(params.stream_id)),
  });

  app.delete('/v2/streams/:stream_id', {
    config: change,
    schema: {
      tags,
      summary: 'Stop and remove a stream and its footage',
      params: PartnerStreamParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params }, reply) => {
      await streams.remove(params.stream_id);
      return reply.code(204).send();
    },
  });
}
