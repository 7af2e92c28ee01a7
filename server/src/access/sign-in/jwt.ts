import { timingSafeEqual } from 'node:crypto';
import { macOf } from '@nightjar/contract/link';
import { z } from 'zod';

const ISSUER = 'nightjar';
/** RFC 9068 §2.1: a token of another kind is never taken for an access token. */
const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt' })).toString('base64url');
/** Longer than any of ours; what a stranger sends is not even hashed beyond it. */
const MAX_LENGTH = 2_048;

const Claims = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(ISSUER),
  /** Id of a person or an API client. */
  sub: z.string(),
  /** The sign-in it came of. */
  sid: z.string(),
  /** Unix seconds. */
  iat: z.number(),
  exp: z.number(),
});
export type Claims = z.infer<typeof Claims>;

const sign = (key: Buffer, text: string): Buffer => macOf(key, text).digest();

/** An access token; times are Unix seconds. */
export function signJwt(key: Buffer, claims: Omit<Claims, 'iss' | 'aud'>): string {
  const body = Buffer.from(JSON.stringify({ iss: ISSUER, aud: ISSUER, ...claims })).toString('base64url');
  return `${HEADER}.${body}.${sign(key, `${HEADER}.${body}`).toString('base64url')}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/**
 * The claims of a token this program signed and that has not expired; undefined for anything else. There
 * is one algorithm and one header: what a token says of itself is not asked (RFC 8725 §3.1).
 */
export function openJwt(key: Buffer, token: string, now: number): Claims | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const [header, body = '', signature = '', extra] = token.split('.');
  if (header !== HEADER || extra !== undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(key, `${header}.${body}`);
  // One spelling of a signature only: base64url has several for the same bytes.
  if (given.toString('base64url') !== signature) return undefined;
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = Claims.safeParse(parsed(body));
  return claims.success && claims.data.exp > now ? claims.data : undefined;
}
