import { IdParams, listOf, Page, Session } from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { caller, pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import { takeCookies } from './cookies.ts';
import { personOf } from './profile-routes.ts';

const config = { access: 'self' } as const;
const tags = ['sessions'];
const SessionList = listOf(Session, 'SessionList');

/** Sign-ins: listed, and ended one by one or all together. */
export function sessionRoutes(app: App, { signIns }: AccessRoom): void {
  app.get('/api/v1/sessions', {
    config,
    schema: {
      tags,
      summary: 'List sign-ins: one’s own, or with users:read those of a person',
      querystring: Page.extend({ user_id: z.string().max(64).optional() }),
      response: { 200: SessionList, ...errorAnswers },
    },
    handler: async (request) => {
      const { user_id, ...page } = request.query;
      const who = caller(request.principal);
      const all = (await signIns.list(who, user_id)).map((row) => ({
        id: row.id,
        user_id: row.ownerId,
        method: row.method,
        address: row.address,
        user_agent: row.userAgent,
        created_at: row.createdAt,
        last_used_at: row.lastUsedAt,
        expires_at: row.expiresAt,
        current: row.id === who.session,
      }));
      return pageOf(all, page);
    },
  });

  app.delete('/api/v1/sessions/:id', {
    config: { ...config, audit: 'session.ended' },
    schema: {
      tags,
      summary: 'End a sign-in',
      params: IdParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await signIns.end(caller(request.principal), request.params.id);
      return reply.code(204).send();
    },
  });

  app.delete('/api/v1/sessions', {
    config: { ...config, audit: 'session.others_ended' },
    schema: {
      tags,
      summary: 'End every other sign-in of one’s own',
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await signIns.endOthers(personOf(request.principal));
      return reply.code(204).send();
    },
  });

  app.post('/api/v1/auth/logout', {
    config: { ...config, audit: 'signed_out' },
    schema: { tags: ['auth'], summary: 'Sign out', response: { 204: z.undefined(), ...errorAnswers } },
    handler: async (request, reply) => {
      const { session } = caller(request.principal);
      if (session !== undefined) await signIns.end(caller(request.principal), session);
      takeCookies(request, reply);
      return reply.code(204).send();
    },
  });
}
