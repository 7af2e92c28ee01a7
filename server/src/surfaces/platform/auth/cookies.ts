import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_SECONDS, type AccessRoom, REFRESH_SECONDS, type SignedIn } from '../../../access/index.ts';
import { cookieOf, SESSION_COOKIE } from '../../../kernel/index.ts';

export const REFRESH_COOKIE = 'nj_refresh';
const CSRF_COOKIE = 'nj_csrf';
const DEVICE_COOKIE = 'nj_device';
const AUTH_PATH = '/api/v1/auth';
const YEAR = 365 * 86_400;

/** Whether the page of this server asks, and not a program: only it is given cookies. */
export const isPage = ({ headers }: FastifyRequest): boolean => headers['sec-fetch-site'] === 'same-origin';

interface Cookie {
  name: string;
  value: string;
  path: string;
  seconds: number;
  /** Only the CSRF token is read by the page's own program. */
  readable?: true;
}

function textOf({ name, value, path, seconds, readable }: Cookie, secure: boolean): string {
  const flags = `${readable ? '' : '; HttpOnly'}${secure ? '; Secure' : ''}`;
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; SameSite=Strict${flags}`;
}

function setCookies(request: FastifyRequest, reply: FastifyReply, cookies: readonly Cookie[]): void {
  const secure = request.protocol === 'https';
  void reply.header(
    'set-cookie',
    cookies.map((cookie) => textOf(cookie, secure)),
  );
}

/** The session as cookies (RFC 6265): the page's programs never see the tokens. */
export function giveCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  { person, issued }: SignedIn,
  { tokens }: Pick<AccessRoom, 'tokens'>,
): void {
  const csrf = tokens.csrfOf(issued.signIn);
  setCookies(request, reply, [
    { name: SESSION_COOKIE, value: issued.accessToken, path: '/', seconds: ACCESS_SECONDS },
    { name: REFRESH_COOKIE, value: issued.refreshToken, path: AUTH_PATH, seconds: REFRESH_SECONDS },
    { name: CSRF_COOKIE, value: csrf, path: '/', seconds: REFRESH_SECONDS, readable: true },
    { name: DEVICE_COOKIE, value: tokens.deviceOf(person), path: AUTH_PATH, seconds: YEAR },
  ]);
}

/** The session is over; the device stays known. */
export function takeCookies(request: FastifyRequest, reply: FastifyReply): void {
  setCookies(request, reply, [
    { name: SESSION_COOKIE, value: '', path: '/', seconds: 0 },
    { name: REFRESH_COOKIE, value: '', path: AUTH_PATH, seconds: 0 },
    { name: CSRF_COOKIE, value: '', path: '/', seconds: 0, readable: true },
  ]);
}

/** Where a request comes from. */
export const originOf = (request: FastifyRequest) => ({
  address: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
  device: cookieOf(request.raw, DEVICE_COOKIE),
});
