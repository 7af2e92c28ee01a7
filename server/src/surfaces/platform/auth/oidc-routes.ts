import { SignInMethods } from '@nightjar/contract/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import { type App, cookieOf, DomainError } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { giveCookies, originOf } from './cookies.ts';

const config = { access: 'public', audit: false } as const;
const tags = ['auth'];
const CALLBACK = '/api/v1/auth/oidc/callback';
const START = '/api/v1/auth/oidc/start';
const STATE_COOKIE = 'nj_oidc';
const STATE_SECONDS = 300;

/** Longer than any provider's code; what it means is the provider's own. */
const CallbackQuery = z.looseObject({ state: z.string().max(200).optional() });

const originUrl = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

/** Only Lax comes back with the provider's redirect, which is of another site. */
function stateCookie(request: FastifyRequest, state: string, seconds: number): string {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  return `${STATE_COOKIE}=${state}; Path=${CALLBACK}; Max-Age=${seconds}; SameSite=Lax; HttpOnly${secure}`;
}

/** Signing in at an identity provider, by redirects of the browser. */
export function oidcRoutes(app: App, rooms: AccessRoom): void {
  const { oidc, sessions } = rooms;

  app.get('/api/v1/auth/methods', {
    config,
    schema: { tags, summary: 'Ways to sign in', response: { 200: SignInMethods, ...errorAnswers } },
    handler: () => ({
      password: true as const,
      oidc: oidc.name === undefined ? null : { name: oidc.name, url: START },
    }),
  });

  app.get(START, {
    config,
    schema: { tags, summary: 'Go to the identity provider to sign in', response: errorAnswers },
    handler: async (request, reply) => {
      const { url, state } = await oidc.begin(`${originUrl(request)}${CALLBACK}`);
      return reply
        .header('set-cookie', stateCookie(request, state, STATE_SECONDS))
        .redirect(url, 303) as never;
    },
  });

  app.get(CALLBACK, {
    config,
    schema: {
      tags,
      summary: 'Come back from the identity provider, signed in',
      querystring: CallbackQuery,
      response: errorAnswers,
    },
    handler: async (request, reply) => {
      const { state } = request.query;
      if (state === undefined || cookieOf(request.raw, STATE_COOKIE) !== state) {
        throw new DomainError('UNAUTHORIZED', 'Sign in again');
      }
      const person = await oidc.end(new URL(request.url, originUrl(request)), state);
      const signedIn = await sessions.begin(person, 'oidc', originOf(request));
      giveCookies(request, reply, signedIn, rooms);
      void reply.header('set-cookie', stateCookie(request, '', 0));
      return reply.redirect('/', 303) as never;
    },
  });
}
