import { createHash } from 'node:crypto';

/** Hashes taken in `a=fingerprint` (RFC 8122 5); older ones are too weak to name a certificate. */
export const FINGERPRINT_HASHES = ['sha-256', 'sha-384', 'sha-512'] as const;

/** A certificate's hash as SDP writes it. */
export interface Fingerprint {
  readonly algorithm: (typeof FINGERPRINT_HASHES)[number];
  /** Pairs of hexadecimal digits in upper case, with colons between. */
  readonly value: string;
}

/** The fingerprint of a certificate in DER. */
export function fingerprintOf(der: Buffer, algorithm: Fingerprint['algorithm'] = 'sha-256'): Fingerprint {
  const digest = createHash(algorithm.replace('-', '')).update(der).digest('hex').toUpperCase();
  return { algorithm, value: digest.match(/../g)!.join(':') };
}
