import { Login, Refresh, SignedIn } from '@nightjar/contract/platform';
import type { Sessions } from '../../access/index.ts';
import type { App } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';

export { platformError } from './errors.ts';

const config = { access: 'public' } as const;
const tags = ['auth'];

/** The platform's signing in (S3). */
export function platformSurface(app: App, { sessions }: { sessions: Sessions }): void {
  app.post('/api/v1/auth/login', {
    config,
    schema: { tags, summary: 'Sign in', body: Login, response: { 200: SignedIn, ...errorAnswers } },
    handler: (request) => sessions.login(request.body, request.ip),
  });

  app.post('/api/v1/auth/refresh', {
    config,
    schema: { tags, summary: 'Refresh', body: Refresh, response: { 200: SignedIn, ...errorAnswers } },
    handler: (request) => sessions.refresh(request.body.refresh_token),
  });
}
