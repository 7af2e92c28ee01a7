import { StreamIdParams } from '@nightjar/contract/manager';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, DomainError } from '../../kernel/index.ts';
import type { Forward } from './to-engine.ts';

/** A browser's offer has 5 to 8 KB. */
const BODY_LIMIT = 64 * 1024;
const TYPES = ['application/sdp', 'application/trickle-ice-sdpfrag'];
/** A session as its Location names it. */
export const SessionParams = StreamIdParams.extend({ session: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/) });

/** WHEP (draft-ietf-wish-whep): signalling of WebRTC viewers; their media comes from the engine's own port. */
export function whepRoutes(app: App, forward: Forward): void {
  app.addContentTypeParser(TYPES, { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  const config = {
    access: { scope: 'streams:read', object: { stream: 'id' }, ticket: true },
    counted: false,
    audit: false,
  } as const;
  const tags = ['live'];

  app.post('/whep/:id', {
    config,
    schema: {
      tags,
      summary: 'Watch a stream by WebRTC: an SDP offer in, the answer out, the session in Location',
      params: StreamIdParams,
    },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, `/whep/${request.params.id}`, sdpOf(request)),
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
