import type { IncomingMessage } from 'node:http';
import { isSealed, signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MediaTickets } from '../../access/index.ts';
import {
  answerHeaders,
  type EndlessAnswer,
  type EngineDoor,
  forwardedHeaders,
  pourInto,
  type RecordedBody,
  refusal,
  refusalIn,
  unreachable,
} from '../../engine-link/index.ts';
import { type Clock, DomainError, type Principal, seesOriginals, seesUnblurred } from '../../kernel/index.ts';

export interface ToEngineOptions {
  /** Signs the tickets; shared with the engine. */
  key: Buffer;
  clock: Clock;
  /** Says whose request it is, so that the engine can ask again. */
  mediaTickets: Pick<MediaTickets, 'grantOf' | 'originalsGrantOf' | 'issue'>;
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

/** Made once: an error with its stack for each answer would be a tenth of what passing it on costs. */
const GONE = new DOMException('the viewer has gone', 'AbortError');

/** Paths whose answer goes on until somebody leaves. */
const ENDLESS = /^\/live\/[^/]+\/mjpeg$/;

/** Paths whose answer lies in recorded files, byte for byte. */
const RECORDED = /^\/live\/[^/]+\/(clip\.mp4$|footage\/)/;

/** Paths whose answer is made of footage, and so may be of recorded originals. */
const OF_FOOTAGE = /^\/live\/[^/]+\/((playback|dvr)\.m3u8$|(play|clip)\.mp4$|still\.jpg$|footage\/)/;

/** Asked by who may see the original: what everybody else sees. */
const COVERED = 'covered';

/** Asked by who may see recorded originals: those instead of the footage that everybody sees. */
const ORIGINAL = 'original';

/** What a query says to this program alone. */
const OURS = ['ticket', COVERED, ORIGINAL, 'url', 'username', 'password', 'expires', 'signature'];

/** The query without what is not for the engine. A playlist puts the ticket into the addresses it lists. */
function queryOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://engine');
  const playlist = pathname.endsWith('.m3u8');
  for (const name of OURS) if (!(playlist && name === 'ticket')) searchParams.delete(name);
  return searchParams.size === 0 ? '' : `?${searchParams}`;
}

const asksCovered = (path: string): boolean => new URL(path, 'http://engine').searchParams.has(COVERED);

/** Whether recorded originals are asked for: by the query, or by the name of a sealed file. Throws FORBIDDEN. */
function originalsOf(principal: Principal, id: string, path: string): boolean {
  const { pathname, searchParams } = new URL(path, 'http://engine');
  const asked = searchParams.get(ORIGINAL) === 'true' || isSealed(pathname);
  if (asked && !seesOriginals(principal, id))
    throw new DomainError('FORBIDDEN', undefined, { scope: 'originals:read' });
  return asked;
}

/** Passes requests to the engine and its answers back. */
export function forwarder(door: EngineDoor, { key, clock, mediaTickets }: ToEngineOptions): Forward {
  return async (request, reply, id, path, body) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(GONE));
    const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
    const { principal, ip: address } = request;
    if (!principal) throw new DomainError('UNAUTHORIZED');
    const sub = `${principal.kind}:${principal.id}`;
    request.mediaOf = id;
    const originals = originalsOf(principal, id, request.url) && OF_FOOTAGE.test(path);
    const grant = originals
      ? mediaTickets.originalsGrantOf(principal, id)
      : mediaTickets.grantOf(principal, id);
    const query = queryOf(request.url);
    const headers = {
      ...forwardedHeaders(request.headers),
      [TICKET_HEADER]: signTicket(key, {
        ...{ stream_id: id, exp, sub, address, grant },
        unblurred: seesUnblurred(principal, id) && !asksCovered(request.url),
        ...(originals ? { originals } : {}),
      }),
    };
    const limits = { timeoutMs: TIMEOUT_MS, signal: gone.signal };
    if (request.method === 'GET' && ENDLESS.test(path)) {
      const asked = { method: 'GET', path: `${path}${query}`, headers } as const;
      return passOn(reply, await reached(door.endless(asked, limits)));
    }
    const asked = { method: request.method, path: `${path}${query}`, headers };
    const footage = request.method === 'GET' && RECORDED.test(path);
    const answer = await (footage ? door.footage(asked, limits) : door.send(asked, limits, body)).catch(
      (error: unknown) => {
        throw unreachable(error);
      },
    );
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
export async function passBack(
  reply: FastifyReply,
  answer: IncomingMessage | RecordedBody,
): Promise<FastifyReply> {
  const status = answer.statusCode ?? 500;
  // 416 says in its headers how many bytes there are.
  if (status >= 400 && status !== 416) throw await refusal(answer);
  const kept = reply.code(status).headers(answerHeaders(answer.headers));
  if (status !== 204 && status !== 304) return kept.send(answer);
  // Fastify sends no body with these, and so would leave the engine's answer unread.
  answer.resume();
  return kept.send();
}
