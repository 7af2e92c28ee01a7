import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '@nightjar/contract';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { StreamIdParams } from '@nightjar/contract/manager';
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
const LivePath = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/);

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

/** Native outputs: viewers' media, authorised here and passed through from the engine. */
export function liveSurface(app: App, { socketPath, key, clock }: Options): void {
  const door = new EngineDoor(socketPath);
  app.addHook('onClose', (_app, done) => {
    door.close();
    done();
  });

  app.get('/live/:id/*', {
    config: { access: { scope: 'streams:read' }, counted: false },
    schema: {
      tags: ['live'],
      summary: 'Media of a stream: low-latency HLS at index.m3u8',
      params: StreamIdParams.extend({ '*': LivePath }),
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
      const sub = `${request.principal?.kind}:${request.principal?.id}`;
      const query = new URL(request.url, 'http://engine').search;
      const answer = await door
        .send(
          {
            method: request.method,
            path: `/live/${id}/${request.params['*']}${query}`,
            headers: {
              ...forwardedHeaders(request.headers),
              [TICKET_HEADER]: signTicket(key, { stream_id: id, exp, sub }),
            },
          },
          { timeoutMs: TIMEOUT_MS, signal: gone.signal },
        )
        .catch((error: unknown) => {
          throw unreachable(error);
        });
      if ((answer.statusCode ?? 500) >= 400) throw await refusal(answer);
      return reply
        .code(answer.statusCode ?? 502)
        .headers(answerHeaders(answer.headers))
        .send(answer);
    },
  });
}
