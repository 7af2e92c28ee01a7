import { StreamId } from '@nightjar/contract';
import type { DesiredSource } from '@nightjar/contract/link';
import { RTSP_PROTOCOLS } from '@nightjar/contract/outbound';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pourInto } from '../../engine-link/index.ts';
import {
  type App,
  type CameraTargets,
  type Clock,
  DomainError,
  type Principal,
  RateLimiter,
  type SharedCounts,
  sees,
  streamNotFound,
} from '../../kernel/index.ts';
import { Cameras } from './camera.ts';
import { errorAnswers } from './errors.ts';

export { proxyError, proxyStatus } from './errors.ts';

interface Options {
  /** Unix socket of the engine's door. */
  socketPath: string;
  /** Shared with the engine. */
  key: Buffer;
  clock: Clock;
  targets: CameraTargets;
  /** Throws FORBIDDEN for an address at a camera whose original the caller may not see. */
  mustSee: (principal: Principal, url: string) => Promise<void>;
  /** Counts of calls that other servers share. */
  counts: SharedCounts;
  /** As they are set now. */
  limits: () => { proxy_calls_per_minute: number };
  /** What somebody may do now; undefined when they may not come in any more. */
  principalOf: (
    bearer: Pick<Principal, 'kind' | 'id'> & { session: string | undefined },
  ) => Promise<Principal | undefined>;
  /** Motion JPEG of a stream, with the query of the request. */
  watchStream: (request: FastifyRequest, reply: FastifyReply, streamId: string) => Promise<FastifyReply>;
}

/** A lost right goes quiet within 5 s. */
const RECHECK_MS = 4_000;
const KNOWN = 'stream:';

const Text = z.string().max(2_048);
const Query = z.object({
  url: Text.min(1).describe('RTSP address of the camera, or `stream:` and the id of a stream'),
  username: Text.optional(),
  password: Text.optional(),
  width: z.string().max(5).optional().describe('Pixels; never more than the camera has'),
  quality: z.string().max(3).optional().describe('1 to 100'),
  fps: z.string().max(2).optional().describe('Pictures a second at most'),
});
type Query = z.infer<typeof Query>;

/** Any camera is an installation-wide matter: whoever reaches single streams reaches no other camera. */
const maySeeAny = (principal: Principal | undefined): boolean =>
  principal?.reach === 'all' && principal.scopes.includes('streams:read');

/** The stream proxy (S1): any RTSP camera as motion JPEG. */
export function proxySurface(app: App, options: Options): void {
  const { clock, limits } = options;
  const cameras = new Cameras(options);
  const limiter = new RateLimiter(clock, options.counts);
  app.addHook('onClose', (_app, done) => {
    cameras.close();
    done();
  });
  app.get('/api/stream-proxy', {
    exposeHeadRoute: false,
    config: {
      access: { scope: 'streams:read', object: 'listing' },
      // By its own, much smaller limit.
      counted: false,
      acts: true,
      audit: 'camera.proxied',
    },
    schema: {
      tags: ['proxy'],
      summary: 'Any RTSP camera as motion JPEG',
      description: 'A multipart of JPEGs, boundary `frame`, that goes on until it is closed.',
      querystring: Query,
      response: errorAnswers,
    },
    preValidation: (request, reply) => count(request, reply, limiter, limits().proxy_calls_per_minute),
    // The interface description knows the errors alone: what is sent otherwise has no end.
    handler: (request, reply) => serve(request, reply as FastifyReply, options, cameras) as Promise<never>,
  });
}

function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  options: Options,
  cameras: Cameras,
): Promise<FastifyReply> {
  const query = request.query as Query;
  const { url } = query;
  if (url.startsWith(KNOWN)) return watchKnown(request, reply, options, url.slice(KNOWN.length));
  return watchCamera(request, reply, options, { query, cameras });
}

async function count(
  request: FastifyRequest,
  reply: FastifyReply,
  limiter: RateLimiter,
  limit: number,
): Promise<void> {
  const { principal } = request;
  const who = `proxy:${principal?.kind}:${principal?.id}`;
  const { remaining, resetSeconds, exceeded } = await limiter.takeTogether(who, limit);
  void reply.headers({
    'ratelimit-limit': limit,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': resetSeconds,
  });
  if (exceeded) throw new DomainError('RATE_LIMITED', undefined, { retry_after: resetSeconds });
}

async function watchKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  { watchStream }: Options,
  id: string,
): Promise<FastifyReply> {
  if (!StreamId.safeParse(id).success || !sees(request.principal, 'streams:read', id))
    throw streamNotFound(id);
  return watchStream(request, reply, id);
}

async function watchCamera(
  request: FastifyRequest,
  reply: FastifyReply,
  options: Options,
  { query, cameras }: { query: Query; cameras: Cameras },
): Promise<FastifyReply> {
  const { principal } = request;
  if (!principal || !maySeeAny(principal))
    throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:read' });
  await options.mustSee(principal, query.url);
  const source = await sourceOf(query, options.targets);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const answer = await cameras.watch({ source, query: pictureQuery(query) }, gone.signal);
  whileAllowed(principal, reply, gone.signal, options);
  return pourInto(reply, answer);
}

/** Throws CAMERA_FAILED with the plain reason why this can be no camera. */
async function sourceOf({ url, username, password }: Query, targets: CameraTargets): Promise<DesiredSource> {
  try {
    const source = await targets.check(url, 'url', RTSP_PROTOCOLS);
    const user = username ?? source.username;
    const secret = password ?? source.password;
    return {
      url: source.url,
      ...(user === undefined ? {} : { username: user }),
      ...(secret === undefined ? {} : { password: secret }),
    };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError('CAMERA_FAILED', error.message);
  }
}

function pictureQuery({ width, quality, fps }: Query): string {
  const given = Object.entries({ width, quality, fps }).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}

/** Ends the answer when whoever watches may no longer. */
function whileAllowed(principal: Principal, reply: FastifyReply, gone: AbortSignal, options: Options): void {
  const { clock, principalOf } = options;
  const { kind, id, session } = principal;
  const look = async (): Promise<void> => {
    if (!maySeeAny(await principalOf({ kind, id, session }))) reply.raw.destroy();
  };
  const stop = clock.every(RECHECK_MS, () => {
    look().catch((error: unknown) => {
      reply.log.error({ err: error }, 'a right to watch could not be checked');
      reply.raw.destroy();
    });
  });
  gone.addEventListener('abort', stop, { once: true });
}
