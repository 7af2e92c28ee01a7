import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { HAND_OVER_HEADER } from '@nightjar/contract/link';
import type { FastifyReply } from 'fastify';
import { hasCode } from '../kernel/index.ts';
import { askEndless, type EndlessAnswer, type EndlessRequest } from './endless.ts';
import { RecordedBody } from './recorded-body.ts';

/** RFC 9110 §7.6.1; never passed on in either direction. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What a viewer's request may carry to the engine; credentials and forwarding headers are not among it. */
const FORWARDED = [
  'accept',
  'accept-encoding',
  // Players of one person at one address are told apart by it.
  'user-agent',
  'content-type',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-range',
  'range',
];

type Headers = Record<string, string | string[]>;

/** The headers of a viewer that concern media. */
export function forwardedHeaders(headers: IncomingMessage['headers']): Headers {
  const kept: Headers = {};
  for (const name of FORWARDED) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** The engine's headers without those of its connection. */
export function answerHeaders(headers: IncomingMessage['headers']): Headers {
  const listed = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && !listed.includes(name)) kept[name] = value;
  }
  return kept;
}

/** Answers with what goes on until somebody leaves. */
export function pourInto(reply: FastifyReply, answer: EndlessAnswer): FastifyReply {
  const { raw } = reply.hijack();
  raw.useChunkedEncodingByDefault = false;
  raw.writeHead(answer.status, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    ...answerHeaders(answer.headers),
    connection: 'close',
  });
  answer.pour(raw);
  return reply;
}

/** Connections kept between requests: each viewer of low-latency HLS waits for a part and a playlist by turns. */
const MAX_KEPT = 512;

/** Requests to the engine's door over its Unix socket, connections kept. */
export class EngineDoor {
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_KEPT });
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** The engine's answer with its body unread. Rejects when none begins within `timeoutMs`, or on abort. */
  async send(
    options: Pick<RequestOptions, 'method' | 'path' | 'headers'>,
    limits: { timeoutMs: number; signal: AbortSignal },
    body?: Buffer,
  ): Promise<IncomingMessage> {
    try {
      return await this.#once(options, limits, body);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.#once(options, limits, body);
    }
  }

  /**
   * The same of recorded footage. Its bytes are read here where the engine says in which files of this machine they
   * lie; a file that went in between is asked of the engine, which knows where it went.
   */
  async footage(
    options: Pick<RequestOptions, 'method' | 'path'> & { headers: Headers },
    limits: { timeoutMs: number; signal: AbortSignal },
  ): Promise<IncomingMessage | RecordedBody> {
    const headers = { ...options.headers, [HAND_OVER_HEADER]: '1' };
    const answer = await this.send({ ...options, headers }, limits);
    if (answer.headers[HAND_OVER_HEADER] === undefined) return answer;
    return (await RecordedBody.open(answer)) ?? this.send(options, limits);
  }

  /** An answer without an end, for which bytes are moved at less cost; a connection of its own. */
  endless(
    request: EndlessRequest,
    limits: { timeoutMs: number; signal: AbortSignal },
  ): Promise<EndlessAnswer> {
    return askEndless(this.#socketPath, request, limits);
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(
    options: Pick<RequestOptions, 'method' | 'path' | 'headers'>,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
    body: Buffer | undefined,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = httpRequest({ ...options, socketPath: this.#socketPath, agent: this.#agent, signal });
    const timer = setTimeout(() => request.destroy(new Error('the engine was too slow')), timeoutMs);
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      const stale = request.reusedSocket && (hasCode(error, 'ECONNRESET') || hasCode(error, 'EPIPE'));
      reject(stale && !signal.aborted ? new StaleConnection() : error);
    });
    request.end(body);
    return promise;
  }
}

/** The engine had closed a kept connection just when it was used again; nothing was sent. */
class StaleConnection extends Error {}
