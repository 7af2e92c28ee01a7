import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const ISSUER = 'nightjar';
/** RFC 9068 §2.1: a token of another kind is never taken for an access token. */
const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt' })).toString('base64url');

const Claims = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(ISSUER),
  sub: z.string(),
  /** Unix seconds. */
  iat: z.number(),
  exp: z.number(),
});

const sign = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** An access token of person `sub`; times are Unix seconds. */
export function signJwt(key: Buffer, claims: { sub: string; iat: number; exp: number }): string {
  const body = Buffer.from(JSON.stringify({ iss: ISSUER, aud: ISSUER, ...claims })).toString('base64url');
  return `${HEADER}.${body}.${sign(key, `${HEADER}.${body}`).toString('base64url')}`;
}

/**
 * The claims of a token this program signed and that has not expired; undefined for anything else. There
 * is one algorithm and one header: what a token says of itself is not asked (RFC 8725 §3.1).
 */
export function openJwt(key: Buffer, token: string, now: number): z.infer<typeof Claims> | undefined {
  const [header, body = '', signature = '', extra] = token.split('.');
  if (header !== HEADER || extra !== undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(key, `${header}.${body}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = Claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  return claims.success && claims.data.exp > now ? claims.data : undefined;
}
