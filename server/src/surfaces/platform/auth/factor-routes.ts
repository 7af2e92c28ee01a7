import { ConfirmPassword, RecoveryCodes, TotpBegun, TotpCode } from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { originOf } from './cookies.ts';
import { personOf } from './profile-routes.ts';

const config = { access: 'self' } as const;
const tags = ['auth'];

/** A person's second factor: begun with the password, proved with a code, taken away with the password. */
export function factorRoutes(app: App, { factors, sessions }: AccessRoom): void {
  app.post('/api/v1/auth/totp', {
    config: { ...config, audit: 'second_factor.begun' },
    schema: {
      tags,
      summary: 'Begin to set up an authenticator app',
      body: ConfirmPassword,
      response: { 200: TotpBegun, ...errorAnswers },
    },
    handler: async (request) => {
      const { id } = personOf(request.principal);
      await sessions.confirm(id, request.body.password, originOf(request));
      return factors.begin(id);
    },
  });

  app.post('/api/v1/auth/totp/confirm', {
    config: { ...config, audit: 'second_factor.set_up' },
    schema: {
      tags,
      summary: 'Prove the authenticator app with a code; from then on one is asked for',
      body: TotpCode,
      response: { 200: RecoveryCodes, ...errorAnswers },
    },
    handler: async (request) => ({
      recovery_codes: await factors.confirm(personOf(request.principal).id, request.body.code),
    }),
  });

  app.post('/api/v1/auth/totp/remove', {
    config: { ...config, audit: 'second_factor.removed' },
    schema: {
      tags,
      summary: 'Ask for no code any more',
      body: ConfirmPassword,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { id } = personOf(request.principal);
      await sessions.confirm(id, request.body.password, originOf(request));
      await factors.remove(id);
      return reply.code(204).send();
    },
  });
}
