import {
  CameraGroup,
  CameraGroupList,
  CreateCameraGroup,
  IdParams,
  Page,
  UpdateCameraGroup,
} from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import { type App, type Principal, sees } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { defined, pageOf } from './present.ts';

const read = { access: { scope: 'cameras:read', object: 'listing' } } as const;
const write = { access: { scope: 'cameras:write' } } as const;
const tags = ['camera groups'];

type Group = Awaited<ReturnType<AccessRoom['groups']['get']>>;

/** A group with the cameras that the caller may know of. */
const shown = (group: Group, principal: Principal | undefined) => ({
  id: group.id,
  name: group.name,
  created_at: group.createdAt,
  cameras: group.cameras.filter((camera) => sees(principal, 'cameras:read', camera)),
});

function changeRoutes(app: App, { groups }: AccessRoom): void {
  app.post('/api/v1/camera-groups', {
    config: write,
    schema: {
      tags,
      summary: 'Create a camera group',
      body: CreateCameraGroup,
      response: { 201: CameraGroup, ...errorAnswers },
    },
    handler: async ({ body, principal }, reply) =>
      reply.code(201).send(shown(await groups.create(body.name, body.cameras), principal)),
  });

  app.put('/api/v1/camera-groups/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Update a camera group',
      params: IdParams,
      body: UpdateCameraGroup,
      response: { 200: CameraGroup, ...errorAnswers },
    },
    handler: async ({ params, body, principal }) =>
      shown(await groups.update(params.id, defined(body)), principal),
  });

  app.delete('/api/v1/camera-groups/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Remove a camera group',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params }, reply) => {
      await groups.remove(params.id);
      return reply.code(204).send();
    },
  });
}

/** Cameras under one name; who reaches single streams sees the groups that hold one of them. */
export function groupRoutes(app: App, rooms: AccessRoom): void {
  const { groups } = rooms;
  changeRoutes(app, rooms);

  app.get('/api/v1/camera-groups', {
    config: read,
    schema: {
      tags,
      summary: 'List camera groups',
      querystring: Page,
      response: { 200: CameraGroupList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const all = (await groups.list()).map((group) => shown(group, principal));
      const known = all.filter(({ cameras }) => principal?.reach === 'all' || cameras.length > 0);
      return pageOf(known, query);
    },
  });

  app.get('/api/v1/camera-groups/:id', {
    config: { access: { scope: 'cameras:read' } },
    schema: {
      tags,
      summary: 'Get a camera group',
      params: IdParams,
      response: { 200: CameraGroup, ...errorAnswers },
    },
    handler: async ({ params, principal }) => shown(await groups.get(params.id), principal),
  });
}
