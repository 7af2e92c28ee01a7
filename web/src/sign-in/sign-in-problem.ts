import { ApiError } from '../api/api-error.ts';
import { t } from '../strings/index.ts';

/** Why nobody came in; `wrong` is what a refusal means here. */
export function signInProblem(error: unknown, wrong: string): string {
  if (!(error instanceof ApiError)) return t.problem.server;
  switch (error.kind) {
    case 'unauthorized':
      return wrong;
    case 'forbidden':
      return t.signIn.forbidden;
    case 'rate_limited':
      return t.signIn.rateLimited(Math.ceil(error.retryAfter));
    case 'network':
      return t.signIn.unreachable;
    case 'refused':
    case 'server':
      return t.problem.server;
  }
}
