import { createCipheriv } from 'node:crypto';
import type { SrtpMaster } from './profile.ts';

/** Labels of session keys (RFC 3711 4.3.1); those of RTCP are 3 higher. */
const LABEL = { cipher: 0, auth: 1, salt: 2 };
const AUTH_KEY_BYTES = 20;

/** Session keys of one direction for RTP or RTCP. */
export interface SessionKeys {
  readonly cipher: Buffer;
  /** HMAC-SHA1; not used by AEAD profiles. */
  readonly auth: Buffer;
  readonly salt: Buffer;
}

/** Derives session keys from a master with a key derivation rate of 0 (RFC 3711 4.3, RFC 7714 11). */
export function deriveKeys(master: SrtpMaster, kind: 'rtp' | 'rtcp'): SessionKeys {
  const first = kind === 'rtp' ? 0 : 3;
  return {
    cipher: derive(master, first + LABEL.cipher, master.key.length),
    auth: derive(master, first + LABEL.auth, AUTH_KEY_BYTES),
    salt: derive(master, first + LABEL.salt, master.salt.length),
  };
}

function derive({ key, salt }: SrtpMaster, label: number, bytes: number): Buffer {
  // A salt of 12 bytes is filled up with zeros at its end (RFC 7714 11).
  const iv = Buffer.alloc(16);
  salt.copy(iv, 0, 0, 14);
  iv[7]! ^= label;
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes));
}
