import { createHmac, timingSafeEqual } from 'node:crypto';
import { macOf } from '@nightjar/contract/link';
import type { Clock } from '../kernel/index.ts';

/** Addresses that whoever has them may read for a while; they name nobody. */
export class SignedUrls {
  readonly #clock: Pick<Clock, 'utc'>;
  readonly #key: Buffer;

  /** The key is the server's own; what is signed here counts nowhere else. */
  constructor(options: { clock: Pick<Clock, 'utc'>; key: Buffer }) {
    this.#clock = options.clock;
    this.#key = createHmac('sha256', options.key).update('signed urls').digest();
  }

  /** The path with its proof, and when that is over (ISO 8601). */
  sign(path: string, seconds: number): { url: string; expiresAt: string } {
    const expires = Math.floor(this.#clock.utc() / 1000) + seconds;
    const url = `${path}?expires=${expires}&signature=${this.#mac('GET', path, expires)}`;
    return { url, expiresAt: new Date(expires * 1000).toISOString() };
  }

  /** Whether the query of a request, still unchecked, holds a proof for its path. */
  opens(request: { method: string; path: string; query: unknown }): boolean {
    const { expires, signature } = request.query as Record<string, unknown>;
    // Text before the query is checked, a number after it.
    if (expires === undefined || typeof signature !== 'string') return false;
    return this.holds({ method: request.method, path: request.path, expires: String(expires), signature });
  }

  /** Whether a request shows a proof of ours that is not over; HEAD asks for no more than GET. */
  holds(request: { method: string; path: string; expires: string; signature: string }): boolean {
    const expires = Number(request.expires);
    if (!Number.isSafeInteger(expires) || expires * 1000 < this.#clock.utc()) return false;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const [given, expected] = [request.signature, this.#mac(method, request.path, expires)].map((text) =>
      Buffer.from(text),
    );
    return given?.length === expected?.length && timingSafeEqual(given ?? NONE, expected ?? NONE);
  }

  #mac(method: string, path: string, expires: number): string {
    return macOf(this.#key, `${method}\n${path}\n${expires}`).digest('base64url');
  }
}

const NONE = Buffer.alloc(0);
