import { CreateLayout, IdParams, Layout, LayoutList, Page, UpdateLayout } from '@nightjar/contract/platform';
import { z } from 'zod';
import { type App, type Principal, sees } from '../../../kernel/index.ts';
import type { Layout as Wall } from '../../../layouts/index.ts';
import { caller, defined, pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const config = { access: { scope: 'cameras:read', object: 'listing' } } as const;
const tags = ['layouts'];
const answers = { 200: Layout, ...errorAnswers };

/** A layout with the tiles that the caller may know of. */
const shown = ({ owner, createdAt, updatedAt, ...wall }: Wall, who: Principal) => ({
  ...wall,
  tiles: wall.tiles.filter(({ camera_id }) => sees(who, 'cameras:read', camera_id)),
  own: owner.kind === who.kind && owner.id === who.id,
  created_at: createdAt,
  updated_at: updatedAt,
});

function changeRoutes(app: App, { layouts }: PlatformRooms): void {
  app.post('/api/v1/layouts', {
    config,
    schema: {
      tags,
      summary: 'Create a layout of one’s own',
      body: CreateLayout,
      response: { 201: Layout, ...errorAnswers },
    },
    handler: async ({ body, principal }, reply) => {
      const who = caller(principal);
      return reply.code(201).send(shown(await layouts.create(who, body), who));
    },
  });

  app.put('/api/v1/layouts/:id', {
    config,
    schema: { tags, summary: 'Update a layout', params: IdParams, body: UpdateLayout, response: answers },
    handler: async ({ params, body, principal }) => {
      const who = caller(principal);
      return shown(await layouts.update(who, params.id, defined(body)), who);
    },
  });

  app.delete('/api/v1/layouts/:id', {
    config,
    schema: {
      tags,
      summary: 'Delete a layout',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params, principal }, reply) => {
      await layouts.remove(caller(principal), params.id);
      return reply.code(204).send();
    },
  });
}

/** Walls of cameras, as people lay them out for themselves and for others. */
export function layoutRoutes(app: App, rooms: PlatformRooms): void {
  const { layouts } = rooms;
  changeRoutes(app, rooms);

  app.get('/api/v1/layouts', {
    config,
    schema: {
      tags,
      summary: 'List layouts: one’s own and those that are shared',
      querystring: Page,
      response: { 200: LayoutList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const who = caller(principal);
      return pageOf(
        (await layouts.list(who)).map((wall) => shown(wall, who)),
        query,
      );
    },
  });

  app.get('/api/v1/layouts/:id', {
    config,
    schema: { tags, summary: 'Get a layout', params: IdParams, response: answers },
    handler: async ({ params, principal }) => {
      const who = caller(principal);
      return shown(await layouts.get(who, params.id), who);
    },
  });
}
