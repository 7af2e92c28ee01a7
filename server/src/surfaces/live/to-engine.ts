import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '@nightjar/contract';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { MediaTickets } from '../../access/index.ts';
import {
  answerHeaders,
  type EndlessAnswer,
  type EngineDoor,
  forwardedHeaders,
  pourInto,
} from '../../engine-link/index.ts';
import { type Clock, DomainError, hasCode } from '../../kernel/index.ts';

export interface ToEngineOptions {
  /** Signs the tickets; shared with the engine. */
  key: Buffer;
  clock: Clock;
  /** Says whose request it is, so that the engine can ask again. */
  mediaTickets: Pick<MediaTickets, 'grantOf' | 'issue'>;
}

/** Answers a request with what the engine answers to it, asked for `path` with a ticket for the stream. */
export type Forward = (
  request: FastifyRequest,
  reply: FastifyReply,
  streamId: string,
  /** Without its query, which is that of the request. */
  path: string,
  body?: Buffer,
) => Promise<FastifyReply>;

/** A blocking playlist reload is answered within about 10 s. */
const TIMEOUT_MS = 15_000;
const TICKET_SECONDS = 30;
const MAX_ERROR_BYTES = 4_096;

/**
 * The engine's refusals in words of the closed table; a refused ticket (401) is this program's own fault, a refused
 * publish key (403) the caller's.
 */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_CONFIGURATION',
  403: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'NOT_PLAYABLE',
  428: 'PRECONDITION_REQUIRED',
  503: 'ENGINE_UNAVAILABLE',
};

/** What a refusal of the engine is answered with; reads its body. */
export async function refusal(answer: IncomingMessage): Promise<DomainError> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return refusalIn(answer.statusCode ?? 500, text);
}

function refusalIn(status: number, text: string): DomainError {
  const code = REFUSALS[status];
  return code === undefined ? new DomainError('ENGINE_FAILED') : new DomainError(code, messageOf(text));
}

function messageOf(text: string): string | undefined {
  try {
    return z.object({ message: z.string().max(200) }).parse(JSON.parse(text)).message;
  } catch {
    return undefined;
  }
}

/** The engine did not answer. */
export function unreachable(error: unknown): DomainError {
  const away = hasCode(error, 'ENOENT') || hasCode(error, 'ECONNREFUSED');
  return new DomainError(away ? 'ENGINE_UNAVAILABLE' : 'ENGINE_FAILED');
}

/** Paths whose answer goes on until somebody leaves. */
const ENDLESS = /^\/live\/[^/]+\/mjpeg$/;

/** What a query says to this program alone. */
const OURS = ['ticket', 'url', 'username', 'password'];

/** The query without what is not for the engine. A playlist puts the ticket into the addresses it lists. */
function queryOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://engine');
  const playlist = pathname.endsWith('.m3u8');
  for (const name of OURS) if (!(playlist && name === 'ticket')) searchParams.delete(name);
  return searchParams.size === 0 ? '' : `?${searchParams}`;
}

/** Passes requests to the engine and its answers back. */
export function forwarder(door: EngineDoor, { key, clock, mediaTickets }: ToEngineOptions): Forward {
  return async (request, reply, id, path, body) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
    const { principal, ip: address } = request;
    if (!principal) throw new DomainError('UNAUTHORIZED');
    const sub = `${principal.kind}:${principal.id}`;
    const grant = mediaTickets.grantOf(principal);
    const query = queryOf(request.url);
    const headers = {
      ...forwardedHeaders(request.headers),
      [TICKET_HEADER]: signTicket(key, { stream_id: id, exp, sub, address, grant }),
    };
    const limits = { timeoutMs: TIMEOUT_MS, signal: gone.signal };
    if (request.method === 'GET' && ENDLESS.test(path)) {
      const asked = { method: 'GET', path: `${path}${query}`, headers } as const;
      return passOn(reply, await reached(door.endless(asked, limits)));
    }
    const answer = await door
      .send({ method: request.method, path: `${path}${query}`, headers }, limits, body)
      .catch((error: unknown) => {
        throw unreachable(error);
      });
    return passBack(reply, answer);
  };
}

/** Throws ENGINE_UNAVAILABLE or ENGINE_FAILED when nothing was answered. */
function reached<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw unreachable(error);
  });
}

/** The same as `passBack` of an answer without an end. */
async function passOn(reply: FastifyReply, answer: EndlessAnswer): Promise<FastifyReply> {
  if (answer.status === 200) return pourInto(reply, answer);
  throw refusalIn(answer.status, await answer.text());
}

/** Answers with what the engine answered. Throws what its refusal means. */
export async function passBack(reply: FastifyReply, answer: IncomingMessage): Promise<FastifyReply> {
  const status = answer.statusCode ?? 500;
  // 416 says in its headers how many bytes there are.
  if (status >= 400 && status !== 416) throw await refusal(answer);
  const kept = reply.code(status).headers(answerHeaders(answer.headers));
  if (status !== 204 && status !== 304) return kept.send(answer);
  // Fastify sends no body with these, and so would leave the engine's answer unread.
  answer.resume();
  return kept.send();
}
