import { PUBLISH_KEY_HEADER, signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { StreamIdParams } from '@nightjar/contract/manager';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type EngineDoor, forwardedHeaders, unreachable } from '../../engine-link/index.ts';
import { type App, credentialOf, DomainError } from '../../kernel/index.ts';
import { passBack, type ToEngineOptions } from './to-engine.ts';
import { SessionParams, sdpOf, sessionPath } from './whep.ts';

/** The engine waits 2 s for the publisher before to leave, and makes its answer in one. */
const TIMEOUT_MS = 15_000;
const TICKET_SECONDS = 30;

/**
 * WHIP (RFC 9725): signalling of those who publish a stream by WebRTC. The bearer token is the stream's publish key,
 * which the engine checks; it is nobody's credential here.
 */
export function whipRoutes(app: App, door: EngineDoor, options: Omit<ToEngineOptions, 'mediaTickets'>): void {
  const forward = (request: FastifyRequest, reply: FastifyReply, id: string, path: string, body?: Buffer) =>
    send({ request, reply, id, path, body }, door, options);
  const config = { access: 'public', audit: false } as const;
  const tags = ['live'];

  app.post('/whip/:id', {
    config,
    schema: {
      tags,
      summary: 'Publish a stream by WebRTC with its publish key: an SDP offer in, the answer out',
      params: StreamIdParams,
    },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, `/whip/${request.params.id}`, sdpOf(request)),
  });
  app.patch('/whip/:id/:session', {
    config,
    schema: { tags, summary: 'Trickled ICE candidates, which are not needed', params: SessionParams },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, sessionPath('whip', request.params), sdpOf(request)),
  });
  app.delete('/whip/:id/:session', {
    config,
    schema: { tags, summary: 'Stop publishing', params: SessionParams },
    handler: (request, reply) =>
      forward(request, reply, request.params.id, sessionPath('whip', request.params)),
  });
}

interface Sending {
  request: FastifyRequest;
  reply: FastifyReply;
  id: string;
  path: string;
  body: Buffer | undefined;
}

async function send(
  { request, reply, id, path, body }: Sending,
  door: EngineDoor,
  { key, clock }: Omit<ToEngineOptions, 'mediaTickets'>,
): Promise<FastifyReply> {
  const publishKey = credentialOf(request.raw);
  if (publishKey === undefined) throw new DomainError('UNAUTHORIZED');
  const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
  const headers = {
    ...forwardedHeaders(request.headers),
    [TICKET_HEADER]: signTicket(key, { stream_id: id, exp, sub: 'publisher:', address: request.ip }),
    [PUBLISH_KEY_HEADER]: publishKey,
  };
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const limits = { timeoutMs: TIMEOUT_MS, signal: gone.signal };
  const answer = await door
    .send({ method: request.method, path, headers }, limits, body)
    .catch((error: unknown) => {
      throw unreachable(error);
    });
  return passBack(reply, answer);
}
