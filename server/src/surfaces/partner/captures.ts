import { createHash } from 'node:crypto';
import type { Scope } from '@nightjar/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, invalid, type Principal, sees } from '../../kernel/index.ts';
import type { PartnerRooms } from './rooms.ts';

/** What somebody may touch that belongs to a stream. */
interface OfStream {
  streamId: string;
  version: number;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Who calls; the route's policy has let them in. */
export function callerOf({ principal }: Pick<FastifyRequest, 'principal'>): Principal {
  if (!principal) throw new DomainError('UNAUTHORIZED');
  return principal;
}

export const ownerOf = ({ kind, id }: Principal): string => `${kind}:${id}`;

/** The thing, unless its stream is out of the caller's reach: then it is as if it were not there. */
export async function within<T extends { streamId: string }>(
  { principal }: Pick<FastifyRequest, 'principal'>,
  scope: Scope,
  find: () => Promise<T>,
  hidden: () => DomainError,
): Promise<T> {
  const found = await find();
  if (sees(principal, scope, found.streamId)) return found;
  throw hidden();
}

/** Entity tag of one version (RFC 9110 8.8.3). */
export const tagOf = ({ version }: Pick<OfStream, 'version'>): string => `"v${version}"`;

/** Throws PRECONDITION_FAILED when `If-Match` names another version. */
export function mustMatch({ headers }: Pick<FastifyRequest, 'headers'>, thing: OfStream): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  const tags = wanted.split(',').map((tag) => tag.trim());
  if (!tags.includes(tagOf(thing))) throw new DomainError('PRECONDITION_FAILED', 'It was changed meanwhile');
}

/** Answers with the thing, or 304 when the caller has this version. */
export function answerTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  thing: OfStream,
  body: unknown,
): FastifyReply {
  void reply.header('etag', tagOf(thing)).header('cache-control', 'private, no-cache');
  const known = String(request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(tagOf(thing)) ? reply.code(304).send() : reply.send(body);
}

/** Makes something once for the `Idempotency-Key` of the request; each time when there is none. */
export async function madeOnce(
  { idempotency }: Pick<PartnerRooms, 'idempotency'>,
  request: FastifyRequest,
  make: () => Promise<string>,
): Promise<{ objectId: string; again: boolean }> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return { objectId: await make(), again: false };
  if (typeof key !== 'string' || !KEY.test(key))
    throw invalid('Idempotency-Key', 'must be 1 to 200 visible characters');
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`);
  const sent = hash.update(JSON.stringify(request.body ?? null)).digest('hex');
  return idempotency.once({ owner: ownerOf(callerOf(request)), key, request: sent }, make);
}

/** A file of a row, with ranges and conditions (RFC 9110 13, 14). */
export function sendKept(
  reply: FastifyReply,
  { folder, name }: { folder: string; name: string },
  { type, download }: { type: string; download: string },
): FastifyReply {
  void reply.header('content-disposition', `attachment; filename="${download}"`).type(type);
  return reply.sendFile(name, folder, { cacheControl: false, maxAge: 0 });
}
