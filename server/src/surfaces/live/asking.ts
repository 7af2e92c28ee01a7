import type { FastifyRequest } from 'fastify';
import { type EngineDoor, refusal, unreachable } from '../../engine-link/index.ts';
import { DomainError } from '../../kernel/index.ts';
import { type TicketMaker, ticketHeader } from './viewing.ts';

/** One question to the engine about a stream. */
export interface Question {
  streamId: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: unknown;
}

/** Asks in the name of who sent the request; answers with JSON, or undefined. Throws what a refusal means. */
export type Ask = (request: FastifyRequest, question: Question) => Promise<unknown>;

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 4 * 1024 * 1024;

/** JSON in and out through the engine's door. */
export function asker(door: EngineDoor, tickets: TicketMaker): Ask {
  return async (request, { streamId, method, path, body }) => {
    const viewing = { streamId, principal: request.principal, address: request.ip };
    const headers = { ...ticketHeader(tickets, viewing), 'content-type': 'application/json' };
    const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const answer = await door
      .send(
        { method, path, headers },
        { timeoutMs: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) },
        sent,
      )
      .catch((error: unknown) => {
        throw unreachable(error);
      });
    if ((answer.statusCode ?? 500) >= 400) throw await refusal(answer);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_ANSWER) throw new DomainError('ENGINE_FAILED');
    }
    return text === '' ? undefined : JSON.parse(text);
  };
}
