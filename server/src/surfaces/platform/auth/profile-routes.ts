import { ChangePassword, Permissions, Profile } from '@nightjar/contract/platform';
import { z } from 'zod';
import { type AccessRoom, scopesOf } from '../../../access/index.ts';
import { type App, DomainError, type Principal } from '../../../kernel/index.ts';
import { caller } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import { originOf } from './cookies.ts';

const config = { access: 'self' } as const;
const tags = ['auth'];

/** The person who calls; programs have no profile. Throws FORBIDDEN. */
export function personOf(principal: Principal | undefined): Principal {
  const who = caller(principal);
  if (who.kind !== 'person') throw new DomainError('FORBIDDEN', 'Only people have an account of their own');
  return who;
}

function permissionsOf({ kind, id, scopes, reach }: Principal) {
  const streams =
    reach === 'all'
      ? null
      : [...reach].map(([stream, counting]) => ({
          id: stream,
          scopes: scopes.filter((scope) => counting === null || counting.includes(scope)),
        }));
  return {
    kind,
    id,
    scopes: [...scopes],
    reach: reach === 'all' ? ('all' as const) : ('granted' as const),
    streams,
  };
}

/** What people see and change of their own account. */
export function profileRoutes(app: App, { people, sessions, factors, tokens }: AccessRoom): void {
  app.get('/api/v1/auth/profile', {
    config,
    schema: { tags, summary: 'User profile', response: { 200: Profile, ...errorAnswers } },
    handler: async ({ principal }) => {
      const { id, session } = personOf(principal);
      const person = await people.get(id);
      return {
        id,
        username: person.username,
        email: person.email,
        role: person.role,
        scopes: [...scopesOf(person)],
        second_factor: person.totp?.confirmed === true,
        recovery_codes: await factors.recoveryCodesLeft(id),
        must_change_password: person.mustChangePassword,
        last_sign_in_at: person.lastSignInAt,
        created_at: person.createdAt,
        csrf_token: session === undefined ? null : tokens.csrfOf(session),
      };
    },
  });

  app.get('/api/v1/auth/permissions', {
    config,
    schema: { tags, summary: 'User permissions', response: { 200: Permissions, ...errorAnswers } },
    handler: ({ principal }) => permissionsOf(caller(principal)),
  });

  app.post('/api/v1/auth/password', {
    config: { ...config, audit: 'password.changed' },
    schema: {
      tags,
      summary: 'Change one’s password; every other sign-in is over',
      body: ChangePassword,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { id, session } = personOf(request.principal);
      const { current_password, new_password } = request.body;
      await sessions.confirm(id, current_password, originOf(request));
      await people.setPassword(id, new_password, session);
      return reply.code(204).send();
    },
  });
}
