import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../clock.ts';
import { DomainError, invalid } from '../domain-error.ts';
import type { Log } from '../log.ts';
import { sendsFiles } from '../sent-files.ts';
import { type AccessOptions, guard } from './access.ts';
import { securityHeaders } from './headers.ts';
import { tooDeep } from './json-depth.ts';
import { describeRoutes } from './openapi.ts';
import { internalProblem, type Problem, pathOf, problemOf, validatorCompiler } from './problem.ts';
import { RateLimiter, type SharedCounts } from './rate-limit.ts';

/** How one surface words an error; the first whose prefix begins the path is asked. */
export interface Dialect {
  prefix: string;
  body: (problem: Problem) => unknown;
  /** Where it says another status than the table. */
  status?: (problem: Problem) => number;
}

export interface HttpOptions extends Omit<AccessOptions, 'limiter' | 'clock'> {
  log: Log;
  clock: Clock;
  version: string;
  /** Counts of calls that other servers share. */
  counts?: SharedCounts | undefined;
  /** Whose forwarding headers are believed: CIDR or single addresses. */
  trustedProxies?: readonly string[] | undefined;
  /** Serves HTTPS with it; PEM. */
  tls?: { key: string; cert: string } | undefined;
  /** Whether others vouch for the certificate: browsers may be told to insist on it. */
  strictTransport?: (() => boolean) | undefined;
  /** The last one has the prefix `/`. */
  dialects: readonly Dialect[];
  /** Asked before an unknown path is answered with 404; true when it answered itself. */
  fallback?: (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;
}

const BODY_LIMIT = 256 * 1024;
/** Fastify loads compilers of its own only where it is given none; its types know none but those. */
const COMPILERS: object = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => serializerCompiler,
};
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/** A route collection with zod schemas. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, Log, ZodTypeProvider>;

/** An empty JSON body is no body: clients send the type with every POST. */
function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.length === 0) done(null, undefined);
    else if (tooDeep(text)) done(invalid('body', 'is nested too deeply'));
    else void parse(request, text, done);
  });
}

/** The HTTP application: default deny, limits, one place that words errors, security headers. */
export async function createHttpApp(options: HttpOptions): Promise<App> {
  const { log, dialects } = options;
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const known = problemOf(error);
    if (!known) log.error({ err: error, route: request.routeOptions?.url }, 'request failed');
    const problem = known ?? internalProblem;
    const wait = problem.details['retry_after'];
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (typeof wait === 'number') void reply.header('retry-after', wait);
    const dialect = dialects.find(({ prefix }) => pathOf(request).startsWith(prefix));
    void reply
      .code(dialect?.status?.(problem) ?? problem.status)
      .type('application/json')
      .serializer(JSON.stringify)
      .send(dialect?.body(problem));
  };
  const app = fastify({
    ...(options.tls ? ({ https: { ...options.tls, minVersion: 'TLSv1.2' } } as object) : {}),
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    schemaController: { compilersFactory: COMPILERS },
    // A path that the router cannot read.
    frameworkErrors: (_error, request, reply) =>
      answer(invalid('path', 'is not valid'), request as FastifyRequest, reply as FastifyReply),
  }).withTypeProvider<ZodTypeProvider>();
  const plain = app as unknown as FastifyInstance;
  acceptJson(plain);
  securityHeaders(plain, options.strictTransport ?? (() => false));
  guard(plain, { ...options, limiter: new RateLimiter(options.clock, options.counts) });
  await describeRoutes(plain, options.version);
  sendsFiles(plain);

  app.setErrorHandler((error, request, reply) => answer(error, request, reply as FastifyReply));
  app.setNotFoundHandler(async (request, reply) => {
    if (await options.fallback?.(request, reply)) return reply;
    throw new DomainError('NOT_FOUND', undefined, { path: pathOf(request) });
  });
  logAnswers(plain, log);
  return app as unknown as App;
}

function logAnswers(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
    done();
  });
}
