import {
  ApiToken,
  ApiTokenCreated,
  ApiTokenList,
  CreateToken,
  IdParams,
  Page,
  UpdateToken,
} from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { caller, defined, endOf, pageOf, tokenOf } from './present.ts';

const read = { access: { scope: 'tokens:read', object: 'listing' } } as const;
const write = { access: { scope: 'tokens:write', object: 'listing' } } as const;
const tags = ['api tokens'];

function readRoutes(app: App, { apiTokens }: AccessRoom): void {
  app.get('/api/v1/api-tokens', {
    config: read,
    schema: {
      tags,
      summary: 'List API tokens: one’s own, or all with users:read',
      querystring: Page,
      response: { 200: ApiTokenList, ...errorAnswers },
    },
    handler: async (request) => {
      const all = (await apiTokens.list(caller(request.principal))).map(tokenOf);
      return pageOf(all, request.query);
    },
  });

  app.get('/api/v1/api-tokens/:id', {
    config: read,
    schema: {
      tags,
      summary: 'Get an API token, without the token',
      params: IdParams,
      response: { 200: ApiToken, ...errorAnswers },
    },
    handler: async (request) => tokenOf(await apiTokens.get(caller(request.principal), request.params.id)),
  });
}

function endRoutes(app: App, { apiTokens }: AccessRoom): void {
  app.post('/api/v1/api-tokens/:id/revoke', {
    config: write,
    schema: {
      tags,
      summary: 'Revoke an API token: it never counts again, and stays in the list',
      params: IdParams,
      response: { 200: ApiToken, ...errorAnswers },
    },
    handler: async (request) => tokenOf(await apiTokens.revoke(caller(request.principal), request.params.id)),
  });

  app.delete('/api/v1/api-tokens/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Delete an API token',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await apiTokens.remove(caller(request.principal), request.params.id);
      return reply.code(204).send();
    },
  });
}

/** S3's API tokens. */
export function tokenRoutes(app: App, rooms: AccessRoom): void {
  const { apiTokens, clock } = rooms;
  readRoutes(app, rooms);
  endRoutes(app, rooms);

  app.post('/api/v1/api-tokens', {
    config: write,
    schema: {
      tags,
      summary: 'Create an API token; it is shown this once',
      body: CreateToken,
      response: { 201: ApiTokenCreated, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { expires_in, rate_limit, ...rest } = request.body;
      const settings = { ...rest, expiresAt: endOf(clock, expires_in), rateLimit: rate_limit };
      const { token, view } = await apiTokens.create(caller(request.principal), settings);
      return reply.code(201).send({ ...tokenOf(view), token });
    },
  });

  app.put('/api/v1/api-tokens/:id', {
    config: write,
    schema: {
      tags,
      summary: 'Update an API token',
      params: IdParams,
      body: UpdateToken,
      response: { 200: ApiToken, ...errorAnswers },
    },
    handler: async (request) => {
      const { expires_in, rate_limit, ...rest } = request.body;
      const patch = {
        ...defined(rest),
        ...(expires_in === undefined ? {} : { expiresAt: endOf(clock, expires_in) }),
        ...(rate_limit === undefined ? {} : { rateLimit: rate_limit }),
      };
      return tokenOf(await apiTokens.update(caller(request.principal), request.params.id, patch));
    },
  });
}
