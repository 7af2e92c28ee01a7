import { Camera, CameraList, CameraQuery, CreateCamera, IdParams } from '@nightjar/contract/platform';
import { type App, sees } from '../../../kernel/index.ts';
import { pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { filtered } from './filter.ts';
import { cameraOf } from './present.ts';

const tags = ['cameras'];

/** S3's cameras: listed, shown and made. */
export function cameraRoutes(app: App, rooms: PlatformRooms): void {
  const { cameras, groups } = rooms;

  app.get('/api/v1/cameras', {
    config: { access: { scope: 'cameras:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'List cameras with filters',
      querystring: CameraQuery,
      response: { 200: CameraList, ...errorAnswers },
    },
    handler: async (request) => {
      const { query, principal } = request;
      const known = (await cameras.list()).filter(({ camera }) => sees(principal, 'cameras:read', camera.id));
      const group = query.group_id === undefined ? undefined : await groups.get(query.group_id);
      const page = pageOf(filtered(known, query, group && new Set(group.cameras)), query);
      return { ...page, items: await Promise.all(page.items.map((view) => cameraOf(request, view, rooms))) };
    },
  });

  app.get('/api/v1/cameras/:id', {
    config: { access: { scope: 'cameras:read', object: { stream: 'id' } } },
    schema: { tags, summary: 'Get a camera', params: IdParams, response: { 200: Camera, ...errorAnswers } },
    handler: async (request) => cameraOf(request, await cameras.get(request.params.id), rooms),
  });

  app.post('/api/v1/cameras', {
    config: { access: { scope: 'cameras:write' }, audit: 'camera.created' },
    schema: {
      tags,
      summary: 'Create a camera, with an address of its own that it is pushed to',
      body: CreateCamera,
      response: { 201: Camera, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { serial_number, source_url, is_active, ...rest } = request.body;
      const view = await cameras.create({
        ...rest,
        serialNumber: serial_number,
        sourceUrl: source_url,
        active: is_active,
      });
      const { id } = view.camera;
      const body = await cameraOf(request, view, rooms);
      return reply.code(201).header('location', `/api/v1/cameras/${id}`).send(body);
    },
  });
}
