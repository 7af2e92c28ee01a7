import {
  Client,
  ClientCreated,
  ClientList,
  ClientParams,
  CreateClient,
  TokenAnswer,
  TokenRequest,
  UpdateClient,
} from '@nightjar/contract/partner';
import { z } from 'zod';
import type { AccessRoom, ClientView } from '../../access/index.ts';
import { type App, DomainError, defined, type Principal } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { PartnerRooms } from './rooms.ts';

const tags = ['partner auth'];
const read = { access: { scope: 'clients:read' } } as const;
const write = { access: { scope: 'clients:write' } } as const;

const shown = (client: ClientView) => ({
  client_id: client.id,
  name: client.name,
  scopes: [...client.scopes],
  reach: client.reach,
  grants: client.grants.map((grant) => ({ ...grant, scopes: grant.scopes && [...grant.scopes] })),
  disabled: client.disabled,
  created_at: client.createdAt,
  last_used_at: client.lastUsedAt,
});

/** The caller, who the route's policy has let in. */
function caller(principal: Principal | undefined): Principal {
  if (!principal) throw new DomainError('UNAUTHORIZED');
  return principal;
}

function tokenRoute(app: App, { clientSessions, clients }: AccessRoom): void {
  app.post('/v2/auth/token', {
    config: { access: 'public', audit: 'client.signed_in' },
    schema: {
      tags,
      summary: 'Generate access and refresh token',
      body: TokenRequest,
      response: { 200: TokenAnswer, ...errorAnswers },
    },
    handler: async (request) => {
      const { client_id = '', client_secret = '', refresh_token } = request.body;
      const origin = { address: request.ip, userAgent: request.headers['user-agent'] ?? '' };
      const { issued, clientId } =
        refresh_token === undefined
          ? { issued: await clientSessions.begin(client_id, client_secret, origin), clientId: client_id }
          : await clientSessions.refresh(refresh_token);
      const { scopes } = await clients.get(clientId);
      return {
        access_token: issued.accessToken,
        refresh_token: issued.refreshToken,
        token_type: 'bearer' as const,
        expires_in: issued.expiresIn,
        scopes: [...scopes],
      };
    },
  });
}

function changeRoutes(app: App, { clients, webhooks }: PartnerRooms): void {
  app.post('/v2/auth/clients', {
    config: write,
    schema: {
      tags,
      summary: 'Create an API client',
      body: CreateClient,
      response: { 201: ClientCreated, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { client_id: id, ...rest } = request.body;
      const { secret, view } = await clients.create(caller(request.principal), { ...rest, id });
      return reply.code(201).send({ ...shown(view), client_secret: secret });
    },
  });

  app.put('/v2/auth/clients/:client_id', {
    config: write,
    schema: {
      tags,
      summary: 'Change an API client; disabled, its tokens are void',
      params: ClientParams,
      body: UpdateClient,
      response: { 200: Client, ...errorAnswers },
    },
    handler: async (request) => {
      const patch = defined(request.body);
      return shown(await clients.update(caller(request.principal), request.params.client_id, patch));
    },
  });

  app.post('/v2/auth/clients/:client_id/rotate', {
    config: write,
    schema: {
      tags,
      summary: 'Give an API client a new secret; the old one and its tokens are void',
      params: ClientParams,
      response: { 200: ClientCreated, ...errorAnswers },
    },
    handler: async (request) => {
      const { secret, view } = await clients.rotate(caller(request.principal), request.params.client_id);
      return { ...shown(view), client_secret: secret };
    },
  });

  app.delete('/v2/auth/clients/:client_id', {
    config: write,
    schema: {
      tags,
      summary: 'Remove an API client',
      params: ClientParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { client_id: id } = request.params;
      await clients.remove(id);
      await webhooks.removeOf({ kind: 'api_client', id });
      return reply.code(204).send();
    },
  });
}

/** S4's signing in of machines, and the machines that may. */
export function authRoutes(app: App, rooms: PartnerRooms): void {
  tokenRoute(app, rooms);
  changeRoutes(app, rooms);

  app.get('/v2/auth/clients', {
    config: read,
    schema: { tags, summary: 'List API clients', response: { 200: ClientList, ...errorAnswers } },
    handler: async () => {
      const all = (await rooms.clients.list()).map(shown);
      return { clients: all, total: all.length };
    },
  });
}
