import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { ClientHello } from './client-hello.ts';

/** Cookies for HelloVerifyRequest: a client that shows one receives at its address (RFC 6347 4.2.1). */
export interface CookieOptions {
  /** Secret of this server, the same for all clients. */
  readonly key: KeyObject;
  /** The client's address and port. */
  readonly peer: string;
}

/** The cookie for a hello: nothing of it has to be remembered. */
export function cookieFor(hello: ClientHello, { key, peer }: CookieOptions): Buffer {
  const hmac = createHmac('sha256', key).update(peer).update('\0').update(hello.random);
  return hmac.update(Buffer.from(hello.suites.join())).digest();
}

export function hasCookie(hello: ClientHello, options: CookieOptions): boolean {
  const cookie = cookieFor(hello, options);
  return hello.cookie.length === cookie.length && timingSafeEqual(hello.cookie, cookie);
}
