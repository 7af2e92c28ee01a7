import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { DomainError } from '../domain-error.ts';
import type { Principal } from './principal.ts';
import type { RateLimiter } from './rate-limit.ts';

export interface Limits {
  reads_per_minute: number;
  writes_per_minute: number;
}

export interface AccessOptions {
  /** The principal of a bearer credential; undefined when nobody's. */
  authenticate: (credential: string) => Promise<Principal | undefined>;
  limiter: RateLimiter;
  /** As they are set now. */
  limits: () => Limits;
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The web page polls; the browser marks its calls, and they have a wider allowance of their own. */
const PAGE_FACTOR = 20;

/** The bearer credential of a request, as it was given. */
export function credentialOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1];
}

function count(request: FastifyRequest, reply: FastifyReply, { limiter, limits }: AccessOptions): void {
  const { principal } = request;
  const { reads_per_minute, writes_per_minute } = limits();
  const read = READS.has(request.method);
  const page = principal !== undefined && request.headers['sec-fetch-site'] === 'same-origin';
  const who = principal ? `${principal.kind}:${principal.id}` : `address:${request.ip}`;
  const limit = (read ? reads_per_minute : writes_per_minute) * (page ? PAGE_FACTOR : 1);
  const allowance = limiter.take(`${who}:${read ? 'read' : 'write'}:${page ? 'page' : 'api'}`, limit);
  void reply.headers({
    'ratelimit-limit': allowance.limit,
    'ratelimit-remaining': allowance.remaining,
    'ratelimit-reset': allowance.resetSeconds,
  });
  if (!allowance.exceeded) return;
  throw new DomainError('RATE_LIMITED', undefined, { retry_after: allowance.resetSeconds });
}

function authorise(request: FastifyRequest): void {
  const access = request.routeOptions.config.access;
  if (access === undefined || access === 'public' || access.openTo?.(request)) return;
  if (!request.principal) throw new DomainError('UNAUTHORIZED');
  if (!request.principal.scopes.includes(access.scope)) {
    throw new DomainError('FORBIDDEN', undefined, { scope: access.scope });
  }
}

/** Default deny: authenticates, counts and authorises every call, and refuses routes without a policy. */
export function guard(app: FastifyInstance, options: AccessOptions): void {
  app.decorateRequest('principal', undefined);
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.access === undefined) {
      throw new Error(`${String(route.method)} ${route.url} declares no access policy`);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    const credential = credentialOf(request.raw);
    request.principal = credential === undefined ? undefined : await options.authenticate(credential);
    const { config } = request.routeOptions;
    const guess = credential !== undefined && request.principal === undefined;
    if (guess || (config.access !== undefined && config.counted !== false)) count(request, reply, options);
    authorise(request);
  });
}
