import { StreamIdParams } from '@nightjar/contract/manager';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { MediaTickets } from '../../access/index.ts';
import { EngineDoor, type RelayLine } from '../../engine-link/index.ts';
import { type App, authorize, DomainError, type IceServer, type Principal } from '../../kernel/index.ts';
import { type Ask, asker } from './asking.ts';
import { isRelayed, relayMedia } from './pour-relayed.ts';
import { ticketRoute } from './ticket-route.ts';
import { forwarder, type ToEngineOptions } from './to-engine.ts';
import { whepRoutes } from './whep.ts';
import { whipRoutes } from './whip.ts';

export { isLiveSocket, LiveSockets } from './live-sockets.ts';

interface Options extends ToEngineOptions {
  /** Told to WebRTC viewers. */
  iceServers: readonly IceServer[];
  /** Unix socket of the engine's door. */
  socketPath: string;
  relay: Pick<RelayLine, 'open'>;
  mediaTickets: Pick<MediaTickets, 'grantOf' | 'originalsGrantOf' | 'issue' | 'login'>;
}

/** Path below `/live/{id}/`: plain names only, so that both programs read the same path. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
/** Footage has routes and a scope of its own; a spelling that misses them must not come in as a live path. */
const FOOTAGE = /^(playback\.m3u8|dvr\.m3u8|play\.mp4|clip\.mp4|still\.jpg|footage)(\/|$)/;
const LivePath = z
  .string()
  .regex(PLAIN)
  .refine((path) => !FOOTAGE.test(path));
const FootageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** What other surfaces answer with. */
export interface LiveWays {
  /** Asks the engine about a stream in the name of who sent the request. */
  ask: Ask;
  /** Live media of a stream; `path` is what stands behind `/live/{id}/`. */
  media(request: FastifyRequest, reply: FastifyReply, streamId: string, path: string): Promise<FastifyReply>;
  /** Motion JPEG of a stream, with the query of the request. */
  pictures(request: FastifyRequest, reply: FastifyReply, streamId: string): Promise<FastifyReply>;
}

/** Native outputs: viewers' media, authorised here and passed through from the engine. */
export function liveSurface(app: App, options: Options): LiveWays {
  const door = new EngineDoor(options.socketPath);
  app.addHook('onClose', (_app, done) => {
    door.close();
    done();
  });
  const toEngine = forwarder(door, options);
  const grantOf = (principal: Principal, streamId: string) =>
    options.mediaTickets.grantOf(principal, streamId);
  const tickets = { ...options, grantOf };
  const relayed = { relay: options.relay, tickets };
  const forward = (request: FastifyRequest, reply: FastifyReply, id: string, path: string) =>
    isRelayed(request, path)
      ? relayMedia(request, reply, { streamId: id, path }, relayed)
      : toEngine(request, reply, id, `/live/${id}/${path}`);
  whepRoutes(app, toEngine, options.iceServers);
  whipRoutes(app, door, options);
  ticketRoute(app, options.mediaTickets);

  app.get('/live/:id/*', {
    config: {
      access: { scope: 'streams:read', object: { stream: 'id' }, ticket: true },
      counted: false,
      // Once for each viewing, as with the other ways to footage.
      audit: (request) =>
        rewinds(request) && request.url.includes('/index.m3u8?') ? 'recording.viewed' : undefined,
    },
    schema: {
      tags: ['live'],
      summary:
        'Media of a stream: low-latency HLS at index.m3u8 (with ?dvr=SECONDS of footage before it), motion JPEG at mjpeg, a still at snapshot.jpg',
      params: StreamIdParams.extend({ '*': LivePath }),
    },
    handler: (request, reply) => {
      const { id } = request.params;
      if (rewinds(request)) seesRecordings(request.principal, id);
      return forward(request, reply, id, request.params['*']);
    },
  });

  footageRoutes(app, forward);
  return {
    ask: asker(door, tickets),
    media: forward,
    pictures: (request, reply, streamId) => forward(request, reply, streamId, 'mjpeg'),
  };
}

/** Whether footage is asked for in front of the live picture; everything that such a playlist lists says so too. */
const rewinds = ({ query }: FastifyRequest): boolean => Object.hasOwn(query as object, 'dvr');

function seesRecordings(principal: Principal | undefined, id: string): void {
  const verdict = authorize(principal, 'recordings:read', { kind: 'stream', id });
  if (verdict !== 'allowed') throw new DomainError('FORBIDDEN', undefined, { scope: 'recordings:read' });
}

/** Recorded footage, which has a scope of its own. */
function footageRoutes(app: App, forward: LiveWays['media']): void {
  const footage = {
    access: { scope: 'recordings:read', object: { stream: 'id' }, ticket: true },
    counted: false,
  } as const;
  const summaries = {
    'playback.m3u8': 'Recorded footage from start to end as HLS',
    'dvr.m3u8': 'Recorded footage from start up to now as HLS that grows: live with rewind',
    'play.mp4': 'Recorded footage from start to end as one MP4',
    'clip.mp4':
      'Recorded footage from start to end as one MP4 that seeks at once; up to an hour, with byte ranges',
    'still.jpg': 'The picture of recorded footage at a time, as a JPEG',
  };
  // Once for each viewing: what a player asks for while it plays is not written down again.
  const viewings = new Set(['playback.m3u8', 'play.mp4', 'clip.mp4']);
  for (const [path, summary] of Object.entries(summaries)) {
    app.get(`/live/:id/${path}`, {
      config: viewings.has(path) ? { ...footage, audit: 'recording.viewed' } : footage,
      schema: { tags: ['live'], summary, params: StreamIdParams },
      handler: (request, reply) => forward(request, reply, request.params.id, path),
    });
  }
  app.get('/live/:id/footage/:filename', {
    config: footage,
    schema: {
      tags: ['live'],
      summary: 'A recorded file, with byte ranges',
      params: StreamIdParams.extend({ filename: FootageName }),
    },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, `footage/${request.params.filename}`),
  });
}
