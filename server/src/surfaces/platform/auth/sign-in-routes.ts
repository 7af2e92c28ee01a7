import {
  Login,
  RedeemLink,
  Refresh,
  SecondFactor,
  SecondFactorAsked,
  SignedIn,
  type SignedIn as SignedInShape,
} from '@nightjar/contract/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type AccessRoom,
  CHALLENGE_SECONDS,
  type SignedIn as Result,
  scopesOf,
} from '../../../access/index.ts';
import { type App, cookieOf, DomainError } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { giveCookies, isPage, originOf, REFRESH_COOKIE } from './cookies.ts';

// Each way in writes its own entry, with the name that was tried.
const config = { access: 'public', audit: false } as const;
const tags = ['auth'];

function answerOf({ person, issued }: Result): SignedInShape {
  return {
    access_token: issued.accessToken,
    refresh_token: issued.refreshToken,
    expires_in: issued.expiresIn,
    user: {
      id: person.id,
      username: person.username,
      email: person.email,
      role: person.role,
      scopes: [...scopesOf(person)],
    },
  };
}

/** The tokens in the body, and for the page in cookies too. */
function signedIn(
  rooms: AccessRoom,
  request: FastifyRequest,
  reply: FastifyReply,
  result: Result,
): SignedInShape {
  if (isPage(request)) giveCookies(request, reply, result, rooms);
  return answerOf(result);
}

function refreshRoute(app: App, rooms: AccessRoom): void {
  app.post('/api/v1/auth/refresh', {
    config,
    schema: { tags, summary: 'Refresh', body: Refresh, response: { 200: SignedIn, ...errorAnswers } },
    handler: async (request, reply) => {
      const token = request.body?.refresh_token ?? cookieOf(request.raw, REFRESH_COOKIE);
      if (token === undefined) throw new DomainError('UNAUTHORIZED', 'Invalid refresh token');
      return signedIn(rooms, request, reply, await rooms.sessions.refresh(token));
    },
  });
}

/** Ways in that need nobody to be signed in. */
export function signInRoutes(app: App, rooms: AccessRoom): void {
  const { sessions, people } = rooms;
  refreshRoute(app, rooms);

  app.post('/api/v1/auth/login', {
    config,
    schema: {
      tags,
      summary: 'Sign in',
      body: Login,
      response: { 200: SignedIn, 202: SecondFactorAsked, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const result = await sessions.login(request.body, originOf(request));
      if ('signedIn' in result) return signedIn(rooms, request, reply, result.signedIn);
      const { challenge } = result;
      return reply.code(202).send({ second_factor: 'totp', challenge, expires_in: CHALLENGE_SECONDS });
    },
  });

  app.post('/api/v1/auth/second-factor', {
    config,
    schema: {
      tags,
      summary: 'Sign in: the second step',
      body: SecondFactor,
      response: { 200: SignedIn, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { challenge, code } = request.body;
      return signedIn(rooms, request, reply, await sessions.second(challenge, code, originOf(request)));
    },
  });

  app.post('/api/v1/auth/password-link', {
    config: { access: 'public', audit: 'password.set_by_link' },
    schema: {
      tags,
      summary: 'Set a password by a link for one use: an invitation, or a reset',
      body: RedeemLink,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await people.redeem(request.body.token, request.body.password);
      return reply.code(204).send();
    },
  });
}
