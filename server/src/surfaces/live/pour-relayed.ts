import type { OutgoingHttpHeaders } from 'node:http';
import { TICKET_HEADER } from '@nightjar/contract/link';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RelayedAnswer, RelayLine } from '../../engine-link/index.ts';
import { type TicketMaker, ticketHeader } from './viewing.ts';

const TIMEOUT_MS = 15_000;
/** Answers without an end that are the same for all their viewers. */
const SHARED = new Set(['stream.flv', 'stream.mp4']);

/** Whether a request is answered over the relay; `path` is what stands behind `/live/{id}/`. */
export const isRelayed = ({ method }: FastifyRequest, path: string): boolean =>
  method === 'GET' && SHARED.has(path);

/** Answers a request with media of the relay. Throws what the engine refuses with. */
export async function relayMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  { streamId, path }: { streamId: string; path: string },
  { relay, tickets }: { relay: Pick<RelayLine, 'open'>; tickets: TicketMaker },
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const { principal, ip: address } = request;
  const made = ticketHeader(tickets, { streamId, principal, address });
  const query = new URL(request.url, 'http://engine').searchParams;
  query.delete('ticket');
  const asked = { path: `/live/${streamId}/${path}?${query}`, ticket: made[TICKET_HEADER]! };
  const answer = await relay.open(asked, { timeoutMs: TIMEOUT_MS, signal: gone.signal });
  return pour(reply, answer);
}

function pour(reply: FastifyReply, answer: RelayedAnswer): FastifyReply {
  const { raw } = reply.hijack();
  raw.useChunkedEncodingByDefault = false;
  raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    ...answer.headers,
    connection: 'close',
  });
  raw.flushHeaders();
  raw.once('close', () => answer.leave());
  // Behind its head the answer is nothing but bytes: what an HTTP response does for each piece costs a fifth more.
  const wire = raw.socket ?? raw;
  raw.socket?.setNoDelay(true);
  answer.pourInto({
    get writableLength() {
      return wire.writableLength;
    },
    write: (bytes) => wire.write(bytes),
    end: () => raw.end(),
    destroy: () => raw.destroy(),
  });
  if (raw.closed) answer.leave();
  return reply;
}
