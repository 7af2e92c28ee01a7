import { linkBearer, PROXY_PATH, ProxyRefusal, type ProxyRequest } from '@nightjar/contract/link';
import { type EndlessAnswer, EngineDoor } from '../../engine-link/index.ts';
import { DomainError } from '../../kernel/index.ts';

/** A camera is waited for that long by the engine, and a little longer here. */
const TIMEOUT_MS = 20_000;

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
  async watch(asked: ProxyRequest, signal: AbortSignal): Promise<EndlessAnswer> {
    const headers = { authorization: linkBearer(this.#key), 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify(asked));
    const answer = await this.#door
      .endless({ method: 'POST', path: PROXY_PATH, headers, body }, { timeoutMs: TIMEOUT_MS, signal })
      .catch(() => {
        signal.throwIfAborted();
        throw new DomainError('CAMERA_FAILED', 'the media engine cannot be reached');
      });
    if (answer.status === 200) return answer;
    throw await refusalOf(answer);
  }
}

async function refusalOf(answer: EndlessAnswer): Promise<DomainError> {
  const text = await answer.text();
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
