import { ROLE_SCOPES, Role } from '@nightjar/contract';
import {
  CreateUser,
  IdParams,
  Page,
  PasswordLink,
  RoleList,
  UpdateUser,
  User,
  UserCreated,
  UserList,
} from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { caller, defined, linkOf, pageOf, userOf } from './present.ts';

const read = { access: { scope: 'users:read' } } as const;
const write = { access: { scope: 'users:write' } } as const;
const tags = ['users'];

function readRoutes(app: App, { people }: AccessRoom): void {
  app.get('/api/v1/users', {
    config: read,
    schema: { tags, summary: 'List people', querystring: Page, response: { 200: UserList, ...errorAnswers } },
    handler: async (request) => pageOf((await people.list()).map(userOf), request.query),
  });

  app.get('/api/v1/users/:id', {
    config: read,
    schema: { tags, summary: 'Get a person', params: IdParams, response: { 200: User, ...errorAnswers } },
    handler: async (request) => userOf(await people.get(request.params.id)),
  });

  app.get('/api/v1/roles', {
    config: { access: 'self' },
    schema: { tags, summary: 'List roles and what they allow', response: { 200: RoleList, ...errorAnswers } },
    handler: () => {
      const items = Role.options.map((name) => ({ name, scopes: [...ROLE_SCOPES[name]] }));
      return { items, total: items.length };
    },
  });
}

function linkRoutes(app: App, { people, factors }: AccessRoom): void {
  app.post('/api/v1/users/:id/password-link', {
    config: write,
    schema: {
      tags,
      summary: 'Make a link for one use with which a person sets a new password',
      params: IdParams,
      response: { 201: PasswordLink, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const link = await people.link(caller(request.principal), request.params.id, 'reset');
      return reply.code(201).send(linkOf(link));
    },
  });

  app.delete('/api/v1/users/:id/second-factor', {
    config: write,
    schema: {
      tags,
      summary: 'Take away the second factor of a person who has lost it',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      // Only who may change the person may weaken their sign-in.
      await people.update(caller(request.principal), request.params.id, {});
      await factors.remove(request.params.id);
      return reply.code(204).send();
    },
  });
}

/** People and roles, beyond the routes that S3 names. */
export function userRoutes(app: App, rooms: AccessRoom): void {
  const { people } = rooms;
  readRoutes(app, rooms);
  linkRoutes(app, rooms);

  app.post('/api/v1/users', {
    config: write,
    schema: {
      tags,
      summary: 'Create a person; without a password they are invited',
      body: CreateUser,
      response: { 201: UserCreated, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { extra_scopes, password_hash, password, ...rest } = request.body;
      const maker = caller(request.principal);
      const made = { ...rest, extraScopes: extra_scopes, passwordHash: password_hash, password };
      const person = await people.create(maker, made);
      const link = person.passwordHash === '' ? await people.link(maker, person.id, 'invitation') : undefined;
      return reply.code(201).send({ ...userOf(person), invitation: link ? linkOf(link) : null });
    },
  });

  app.put('/api/v1/users/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Update a person',
      params: IdParams,
      body: UpdateUser,
      response: { 200: User, ...errorAnswers },
    },
    handler: async (request) => {
      const { extra_scopes, ...rest } = request.body;
      const patch = { ...defined(rest), ...(extra_scopes ? { extraScopes: extra_scopes } : {}) };
      return userOf(await people.update(caller(request.principal), request.params.id, patch));
    },
  });

  app.delete('/api/v1/users/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Remove a person',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await people.remove(caller(request.principal), request.params.id);
      return reply.code(204).send();
    },
  });
}
