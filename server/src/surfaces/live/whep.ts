import { StreamIdParams } from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, DomainError, type IceServer } from '../../kernel/index.ts';
import type { Forward } from './to-engine.ts';

/** A browser's offer has 5 to 8 KB. */
const BODY_LIMIT = 64 * 1024;
const TYPES = ['application/sdp', 'application/trickle-ice-sdpfrag'];
/** A session as its Location names it. */
export const SessionParams = StreamIdParams.extend({ session: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/) });

/** WHEP (draft-ietf-wish-whep): signalling of WebRTC viewers; their media comes from the engine's own port. */
export function whepRoutes(app: App, forward: Forward, iceServers: readonly IceServer[]): void {
  app.addContentTypeParser(TYPES, { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  const config = {
    access: { scope: 'streams:read', object: { stream: 'id' }, ticket: true },
    counted: false,
    audit: false,
  } as const;
  const tags = ['live'];
  const link = linkOf(iceServers);

  app.post('/whep/:id', {
    config,
    schema: {
      tags,
      summary: 'Watch a stream by WebRTC: an SDP offer in, the answer out, the session in Location',
      params: StreamIdParams,
    },
    handler: (request, reply) => {
      if (link !== '') void reply.header('link', link);
      return forward(request, reply, request.params.id, `/whep/${request.params.id}`, sdpOf(request));
    },
  });
  app.options('/whep/:id', {
    config,
    schema: { tags, summary: 'What may be posted, and the ICE servers in Link', params: StreamIdParams },
    handler: async (_request, reply) => {
      if (link !== '') void reply.header('link', link);
      return reply.code(204).header('accept-post', TYPES[0]).send();
    },
  });
  app.patch('/whep/:id/:session', {
    config,
    schema: { tags, summary: 'Trickled ICE candidates, which are not needed', params: SessionParams },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, sessionPath('whep', request.params), sdpOf(request)),
  });
  app.delete('/whep/:id/:session', {
    config,
    schema: { tags, summary: 'Stop watching', params: SessionParams },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, sessionPath('whep', request.params)),
  });
}

/** Servers as WHEP names them before and with an answer (RFC 9725 4.6). */
function linkOf(servers: readonly IceServer[]): string {
  const entries = servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => {
      const user = username === undefined ? '' : `; username="${username}"`;
      const secret =
        credential === undefined ? '' : `; credential="${credential}"; credential-type="password"`;
      return `<${url}>; rel="ice-server"${user}${secret}`;
    }),
  );
  return entries.join(', ');
}

/** The engine's path of a session. */
export const sessionPath = (
  room: 'whep' | 'whip',
  { id, session }: { id: string; session: string },
): string => `/${room}/${id}/${session}`;

/** The body as it came. Throws UNSUPPORTED_MEDIA_TYPE. */
export function sdpOf({ body }: FastifyRequest): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw new DomainError('UNSUPPORTED_MEDIA_TYPE', `The request body must be ${TYPES.join(' or ')}`);
}
