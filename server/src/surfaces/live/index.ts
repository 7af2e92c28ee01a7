import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '@nightjar/contract';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { StreamIdParams } from '@nightjar/contract/manager';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerHeaders, EngineDoor, forwardedHeaders } from '../../engine-link/index.ts';
import { type App, type Clock, DomainError, hasCode } from '../../kernel/index.ts';

interface Options {
  /** Unix socket of the engine's door. */
  socketPath: string;
  /** Signs the tickets; shared with the engine. */
  key: Buffer;
  clock: Clock;
}

/** A blocking playlist reload is answered within about 10 s. */
const TIMEOUT_MS = 15_000;
const TICKET_SECONDS = 30;
const MAX_ERROR_BYTES = 4_096;

/** Path below `/live/{id}/`: plain names only, so that both programs read the same path. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
/** Footage has routes and a scope of its own; a spelling that misses them must not come in as a live path. */
const FOOTAGE = /^(playback\.m3u8|play\.mp4|footage)(\/|$)/;
const LivePath = z
  .string()
  .regex(PLAIN)
  .refine((path) => !FOOTAGE.test(path));
const FootageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** The engine's refusals in words of the closed table; a refused ticket is this program's own fault. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_CONFIGURATION',
  404: 'NOT_FOUND',
  503: 'ENGINE_UNAVAILABLE',
};

async function refusal(answer: IncomingMessage): Promise<DomainError> {
  const code = REFUSALS[answer.statusCode ?? 500];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return code === undefined ? new DomainError('ENGINE_FAILED') : new DomainError(code, messageOf(text));
}

function messageOf(text: string): string | undefined {
  try {
    return z.object({ message: z.string().max(200) }).parse(JSON.parse(text)).message;
  } catch {
    return undefined;
  }
}

function unreachable(error: unknown): DomainError {
  const away = hasCode(error, 'ENOENT') || hasCode(error, 'ECONNREFUSED');
  return new DomainError(away ? 'ENGINE_UNAVAILABLE' : 'ENGINE_FAILED');
}

/** Passes a request to the engine, with a ticket for the stream, and its answer back. */
function forwarder(door: EngineDoor, { key, clock }: Options) {
  return async (request: FastifyRequest, reply: FastifyReply, id: string, path: string) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
    const sub = `${request.principal?.kind}:${request.principal?.id}`;
    const query = new URL(request.url, 'http://engine').search;
    const headers = {
      ...forwardedHeaders(request.headers),
      [TICKET_HEADER]: signTicket(key, { stream_id: id, exp, sub }),
    };
    const answer = await door
      .send(
        { method: request.method, path: `/live/${id}/${path}${query}`, headers },
        { timeoutMs: TIMEOUT_MS, signal: gone.signal },
      )
      .catch((error: unknown) => {
        throw unreachable(error);
      });
    const status = answer.statusCode ?? 500;
    // 416 says in its headers how many bytes there are.
    if (status >= 400 && status !== 416) throw await refusal(answer);
    return reply.code(status).headers(answerHeaders(answer.headers)).send(answer);
  };
}

/** Native outputs: viewers' media, authorised here and passed through from the engine. */
export function liveSurface(app: App, options: Options): void {
  const door = new EngineDoor(options.socketPath);
  app.addHook('onClose', (_app, done) => {
    door.close();
    done();
  });
  const forward = forwarder(door, options);

  app.get('/live/:id/*', {
    config: {
      access: { scope: 'streams:read', object: { stream: 'id' }, ticket: true },
      counted: false,
    },
    schema: {
      tags: ['live'],
      summary: 'Media of a stream: low-latency HLS at index.m3u8',
      params: StreamIdParams.extend({ '*': LivePath }),
    },
    handler: (request, reply) => forward(request, reply, request.params.id, request.params['*']),
  });

  const footage = {
    access: { scope: 'recordings:read', object: { stream: 'id' }, ticket: true },
    counted: false,
  } as const;
  const summaries = {
    'playback.m3u8': 'Recorded footage from start to end as HLS',
    'play.mp4': 'Recorded footage from start to end as one MP4',
  };
  for (const [path, summary] of Object.entries(summaries)) {
    app.get(`/live/:id/${path}`, {
      config: footage,
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
