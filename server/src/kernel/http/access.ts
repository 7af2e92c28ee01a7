import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { authorize, type Protected, sees, seesOriginals, seesUnblurred } from '../authorize.ts';
import type { Clock } from '../clock.ts';
import { DomainError } from '../domain-error.ts';
import { networkOf } from './client-address.ts';
import { endWithRight, type LongAnswersOptions } from './long-answers.ts';
import { sameSiteOnly } from './origin.ts';
import type { Access, Principal } from './principal.ts';
import type { RateLimiter } from './rate-limit.ts';

export interface Limits {
  reads_per_minute: number;
  writes_per_minute: number;
}

/** Something that was done or tried, as it is told to the audit log. */
export interface Attempt {
  principal: Principal | undefined;
  action: string;
  /** Parameters of the path. */
  object: Record<string, string>;
  status: number;
  address: string;
}

export interface AccessOptions {
  /** The principal of a bearer credential; undefined when nobody's. */
  authenticate: (credential: string) => Promise<Principal | undefined>;
  /** The principal of a media ticket, who reaches one stream alone; undefined when it is void. */
  redeem?: (ticket: string) => Promise<Principal | undefined>;
  /** Whether a CSRF token belongs to the session of a principal. */
  csrfMatches?: (principal: Principal, token: string) => boolean;
  /** What a principal of before may do now; without it answers that go on are not looked at again. */
  reopen?: LongAnswersOptions['reopen'];
  clock: Pick<Clock, 'every'>;
  limiter: RateLimiter;
  /** As they are set now. */
  limits: () => Limits;
  /** Told after the answer to everything that changes something, and to reads that ask for it. */
  attempted?: (attempt: Attempt) => void;
}

export const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The web page polls; the browser marks its calls, and they have a wider allowance of their own. */
const PAGE_FACTOR = 20;

/** Cookie of the page's session; it holds the same access token that others send in the header. */
export const SESSION_COOKIE = 'nj_session';

/** The bearer credential of a request, as it was given. */
export function credentialOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** The value of a cookie; undefined when it is not sent. */
export function cookieOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(/; */).map((pair) => pair.split('='));
  const [, ...value] = pairs.find(([key]) => key === name) ?? [];
  return value.length === 0 ? undefined : value.join('=');
}

/** Whether a page may speak for it: a program may write any header, and has a limit of its own. */
const isPage = (principal: Principal | undefined): boolean =>
  principal !== undefined && principal.kind !== 'api_client' && principal.rateLimit === undefined;

async function count(
  request: FastifyRequest,
  reply: FastifyReply,
  { limiter, limits }: AccessOptions,
): Promise<void> {
  const { principal } = request;
  const { reads_per_minute, writes_per_minute } = limits();
  const read = READS.has(request.method);
  const page = isPage(principal) && request.headers['sec-fetch-site'] === 'same-origin';
  const who = principal ? `${principal.kind}:${principal.id}` : `address:${networkOf(request.ip)}`;
  const own = principal?.rateLimit ?? (read ? reads_per_minute : writes_per_minute);
  const limit = own * (page ? PAGE_FACTOR : 1);
  const key = `${who}:${read ? 'read' : 'write'}:${page ? 'page' : 'api'}`;
  const allowance = await limiter.takeTogether(key, limit);
  void reply.headers({
    'ratelimit-limit': allowance.limit,
    'ratelimit-remaining': allowance.remaining,
    'ratelimit-reset': allowance.resetSeconds,
  });
  if (!allowance.exceeded) return;
  throw new DomainError('RATE_LIMITED', undefined, { retry_after: allowance.resetSeconds });
}

/** The same answer whether the stream belongs to others or to nobody. */
export const streamNotFound = (id: string): DomainError =>
  new DomainError('STREAM_NOT_FOUND', `Stream with ID '${id}' not found`, { stream_id: id });

function objectOf(request: FastifyRequest, access: Exclude<Access, string>): Protected {
  const { object = 'system' } = access;
  if (typeof object === 'string') return { kind: object };
  const params = request.params as Record<string, string | undefined>;
  return { kind: 'stream', id: params[object.stream] ?? '' };
}

/** What a request is refused with, asked for by `principal`; undefined when it may be answered. */
function refusalOf(request: FastifyRequest, principal: Principal | undefined): DomainError | undefined {
  const access = request.routeOptions.config.access;
  if (access === undefined || access === 'public') return undefined;
  if (access === 'self') return principal ? undefined : new DomainError('UNAUTHORIZED');
  if (access.openTo?.(request)) return undefined;
  const object = objectOf(request, access);
  const verdict = authorize(principal, access.scope, object);
  if (verdict === 'unauthenticated') return new DomainError('UNAUTHORIZED');
  if (verdict === 'forbidden') return new DomainError('FORBIDDEN', undefined, { scope: access.scope });
  return verdict === 'hidden' ? streamNotFound(object.kind === 'stream' ? object.id : '') : undefined;
}

/**
 * Whether an answer that was begun may go on for what its asker is now: media of a stream while they may have that,
 * and originals, live or recorded, only while they may see them.
 */
function mayGoOn(request: FastifyRequest, now: Principal | undefined): boolean {
  if (refusalOf(request, now)) return false;
  const { principal: then } = request;
  const { access } = request.routeOptions.config;
  if (typeof access !== 'object' || !then || !now) return true;
  const object = objectOf(request, access);
  const id = request.mediaOf ?? (object.kind === 'stream' ? object.id : undefined);
  if (id === undefined) return true;
  const stillSees = [seesUnblurred, seesOriginals].every((may) => may(now, id) || !may(then, id));
  return stillSees && sees(now, access.scope, id);
}

interface Credential {
  principal: Principal | undefined;
  /** Something was shown that proves nothing. */
  guess: boolean;
}

/** Header before cookie before ticket: one of them counts. */
async function identify(request: FastifyRequest, options: AccessOptions): Promise<Credential> {
  const { access } = request.routeOptions.config;
  const { csrfMatches: matches } = options;
  const bearer = credentialOf(request.raw);
  if (bearer !== undefined) {
    const principal = await options.authenticate(bearer);
    sameSiteOnly(request, { principal, byCookie: false, matches });
    return { principal, guess: principal === undefined };
  }
  const cookie = cookieOf(request.raw, SESSION_COOKIE);
  const session = cookie === undefined ? undefined : await options.authenticate(cookie);
  sameSiteOnly(request, { principal: session, byCookie: cookie !== undefined, matches });
  // A page whose session has ended goes on to sign in, or shows a ticket.
  if (session) return { principal: session, guess: false };
  const ticket = (request.query as Record<string, unknown> | undefined)?.['ticket'];
  const takesTicket = typeof access === 'object' && access.ticket === true;
  if (!takesTicket || typeof ticket !== 'string') return { principal: undefined, guess: false };
  const principal = await options.redeem?.(ticket);
  return { principal, guess: principal === undefined };
}

/** Every parameter of a path that is said to name a stream must be there. */
function checkPolicy({ config, url, method }: RouteOptions): void {
  const access = config?.access;
  const route = `${String(method)} ${url}`;
  if (access === undefined) throw new Error(`${route} declares no access policy`);
  if (typeof access === 'string' || typeof access.object !== 'object') return;
  const { stream } = access.object;
  if (!url.split('/').includes(`:${stream}`)) throw new Error(`${route} has no parameter ${stream}`);
}

/** Default deny: authenticates, counts and authorises every call, and refuses routes without a policy. */
export function guard(app: FastifyInstance, options: AccessOptions): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('mediaOf', undefined);
  const routes: RouteOptions[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', (route) => {
    checkPolicy(route);
    routes.push(route);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { principal, guess } = await identify(request, options);
    request.principal = principal;
    const { config } = request.routeOptions;
    const counted = guess || (config.access !== undefined && config.counted !== false);
    if (counted) await count(request, reply, options);
    const refusal = refusalOf(request, principal);
    if (refusal) throw refusal;
  });
  const { clock, reopen } = options;
  if (reopen) endWithRight(app, { clock, reopen, may: mayGoOn });
  app.addHook('onResponse', (request, reply, done) => {
    const { config, url = '' } = request.routeOptions;
    const audit = typeof config.audit === 'function' ? config.audit(request) : config.audit;
    const silent = audit === undefined && READS.has(request.method);
    if (config.access !== undefined && audit !== false && !silent && reply.statusCode !== 401) {
      options.attempted?.({
        principal: request.principal,
        action: audit ?? `${request.method} ${url}`,
        object: request.params as Record<string, string>,
        status: reply.statusCode,
        address: request.ip,
      });
    }
    done();
  });
}
