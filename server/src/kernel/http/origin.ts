import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../domain-error.ts';
import type { Principal } from './principal.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITES: ReadonlySet<unknown> = new Set([undefined, 'none', 'same-origin']);
/** Header of the double submit: what the page reads from its CSRF cookie. */
export const CSRF_HEADER = 'x-csrf-token';

interface Caller {
  principal: Principal | undefined;
  /** The browser added the credential by itself, whoever made it send the request. */
  byCookie: boolean;
  matches: ((principal: Principal, token: string) => boolean) | undefined;
}

const refused = (why: string): DomainError => new DomainError('FORBIDDEN', why);

/** Whether the page that sends it, where the browser names one, is of this very host. */
export function ownOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  // Of an opaque origin (sandboxed frames, data: pages) nothing is known.
  return URL.parse(origin)?.host === host?.toLowerCase();
}

/**
 * Refuses what a page of another site makes a browser send: by Fetch Metadata, by Origin against Host, and for
 * a session in a cookie by the double-submitted token. Throws FORBIDDEN.
 */
export function sameSiteOnly(request: FastifyRequest, { principal, byCookie, matches }: Caller): void {
  const { access, crossSite, acts } = request.routeOptions.config;
  if (access === undefined) return;
  const unsafe = acts === true || !SAFE.has(request.method);
  const open = access === 'public' && !unsafe;
  const invited = crossSite === true && !byCookie;
  const own = OWN_SITES.has(request.headers['sec-fetch-site']) && ownOrigin(request);
  if (!own && !open && !invited) throw refused('Requests of other sites are refused');
  const sent = request.headers[CSRF_HEADER];
  // What is open to all is no more so for who is signed in.
  const needed = byCookie && unsafe && access !== 'public';
  if (!principal || (sent === undefined && !needed)) return;
  if (typeof sent !== 'string' || !matches?.(principal, sent)) throw refused('The CSRF token does not match');
}
