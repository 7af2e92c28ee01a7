import { t } from '../strings/index.ts';
import { ApiError } from './api-error.ts';

/** A sentence for people about a change that failed; the server's own words where it refused the change. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return t.problem.server;
  switch (error.kind) {
    case 'network':
      return t.problem.network;
    case 'unauthorized':
      return t.problem.unauthorized;
    case 'forbidden':
      return t.problem.forbidden;
    case 'rate_limited':
      return t.problem.rateLimited(Math.ceil(error.retryAfter));
    case 'server':
      return t.problem.server;
    case 'refused':
      return error.code === 'STREAM_BUSY' ? t.stream.busy : error.message;
  }
}
