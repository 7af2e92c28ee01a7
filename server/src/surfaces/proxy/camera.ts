import type { IncomingMessage } from 'node:http';
import { linkBearer, PROXY_PATH, ProxyRefusal, type ProxyRequest } from '@nightjar/contract/link';
import { EngineDoor } from '../../engine-link/index.ts';
import { DomainError } from '../../kernel/index.ts';

/** A camera is waited for that long by the engine, and a little longer here. */
const TIMEOUT_MS = 20_000;
const MAX_REFUSAL_BYTES = 4_096;

/** Asks the engine for the pictures of cameras that are no streams. */
export class Cameras {
  readonly #door: EngineDoor;
  readonly #key: Buffer;

  constructor({ socketPath, key }: { socketPath: string; key: Buffer }) {
    this.#door = new EngineDoor(socketPath);
    this.#key = key;
  }

  close(): void {
    this.#door.close();
  }

  /**
   * The multipart answer, its body unread. Throws CAMERA_UNAUTHORIZED, CAMERA_FAILED with a plain reason, and
   * INVALID_CONFIGURATION for options that there are not.
   */
  async watch(asked: ProxyRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { authorization: linkBearer(this.#key), 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify(asked));
    const answer = await this.#door
      .send({ method: 'POST', path: PROXY_PATH, headers }, { timeoutMs: TIMEOUT_MS, signal }, body)
      .catch(() => {
        signal.throwIfAborted();
        throw new DomainError('CAMERA_FAILED', 'the media engine cannot be reached');
      });
    if (answer.statusCode === 200) return answer;
    throw await refusalOf(answer);
  }
}

async function refusalOf(answer: IncomingMessage): Promise<DomainError> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_REFUSAL_BYTES) break;
  }
  const refusal = ProxyRefusal.safeParse(parsed(text));
  if (!refusal.success) return new DomainError('CAMERA_FAILED');
  const { status, message, fault } = refusal.data;
  if (fault === 'auth_failed') return new DomainError('CAMERA_UNAUTHORIZED');
  return new DomainError(status === 400 ? 'INVALID_CONFIGURATION' : 'CAMERA_FAILED', message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
