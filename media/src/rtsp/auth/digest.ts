import { createHash } from 'node:crypto';
import type { DigestAlgorithm } from './challenge.ts';

/** What a digest response covers (RFC 7616 3.4.1). Header texts are latin1: one character per byte. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  /** Present with `qop=auth`, absent in the form of RFC 2069. */
  readonly qop?: { readonly nc: string; readonly cnonce: string };
  /** Client nonce of a `-sess` algorithm without qop. */
  readonly cnonce?: string;
}

const HASHES: Readonly<Record<DigestAlgorithm, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** HA1 before `-sess`: hash of `username:realm:password`, lower-case hex. `realm` is latin1, the rest UTF-8. */
export function digestSecret(
  algorithm: DigestAlgorithm,
  username: string,
  realm: string,
  password: string,
): string {
  const hash = createHash(HASHES[algorithm]);
  return hash
    .update(`${username}:`, 'utf8')
    .update(`${realm}:`, 'latin1')
    .update(password, 'utf8')
    .digest('hex');
}

/** The `response` value for `ha1` as {@link digestSecret} makes it, lower-case hex. */
export function digestResponse(ha1: string, input: DigestInput): string {
  const hash = (text: string) => createHash(HASHES[input.algorithm]).update(text, 'latin1').digest('hex');
  const { nonce, qop } = input;
  const secret = input.session ? hash(`${ha1}:${nonce}:${qop?.cnonce ?? input.cnonce ?? ''}`) : ha1;
  const ha2 = hash(`${input.method}:${input.uri}`);
  return hash(qop ? `${secret}:${nonce}:${qop.nc}:${qop.cnonce}:auth:${ha2}` : `${secret}:${nonce}:${ha2}`);
}

/** A UTF-8 text as the header text (latin1) that has the same bytes, and back. */
export function toHeaderText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function fromHeaderText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
