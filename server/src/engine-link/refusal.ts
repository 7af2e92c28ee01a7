import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ErrorCode } from '@nightjar/contract';
import { z } from 'zod';
import { DomainError, hasCode } from '../kernel/index.ts';

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
export async function refusal(answer: Readable & Pick<IncomingMessage, 'statusCode'>): Promise<DomainError> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return refusalIn(answer.statusCode ?? 500, text);
}

/** The same of a body that was read. */
export function refusalIn(status: number, text: string): DomainError {
  const code = REFUSALS[status];
  if (code === undefined) return new DomainError('ENGINE_FAILED');
  const { message, details } = wordsIn(text);
  return new DomainError(code, message, details);
}

const Words = z.object({
  message: z.string().max(200),
  details: z.record(z.string(), z.string().max(200)).optional(),
});

function wordsIn(text: string): Partial<z.infer<typeof Words>> {
  try {
    return Words.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** The engine did not answer. */
export function unreachable(error: unknown): DomainError {
  const away = hasCode(error, 'ENOENT') || hasCode(error, 'ECONNREFUSED');
  return new DomainError(away ? 'ENGINE_UNAVAILABLE' : 'ENGINE_FAILED');
}
