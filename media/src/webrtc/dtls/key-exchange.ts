import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { DtlsError } from './dtls-error.ts';

/** Named groups (RFC 8422 5.1.1) in our order of preference. */
export const GROUPS = { x25519: 29, secp256r1: 23 } as const;

/** Our half of an ephemeral Diffie-Hellman exchange. */
export interface KeyExchange {
  readonly group: number;
  /** Our public value as it goes on the wire. */
  readonly publicValue: Buffer;
  /** The premaster secret; throws DtlsError for a value that is no point of the group. */
  secret(peer: Buffer): Buffer;
}

/** The first group of ours that the peer lists; a peer that lists none takes P-256 (RFC 8422 4). */
export function chooseGroup(offered: readonly number[] | undefined): number | undefined {
  if (!offered) return GROUPS.secp256r1;
  return Object.values(GROUPS).find((group) => offered.includes(group));
}

export function createKeyExchange(group: number): KeyExchange {
  return group === GROUPS.x25519 ? x25519() : p256();
}

/** SubjectPublicKeyInfo of an X25519 key up to its 32 bytes (RFC 8410 4). */
const X25519_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const X25519_BYTES = 32;

function x25519(): KeyExchange {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    group: GROUPS.x25519,
    publicValue: publicKey.export({ type: 'spki', format: 'der' }).subarray(X25519_PREFIX.length),
    secret(peer) {
      if (peer.length !== X25519_BYTES) throw invalidPoint();
      const key = Buffer.concat([X25519_PREFIX, peer]);
      return orInvalid(() => {
        const their = createPublicKey({ key, type: 'spki', format: 'der' });
        // OpenSSL refuses an all-zero result, which points of small order give (RFC 7748 6.1).
        return diffieHellman({ privateKey, publicKey: their });
      });
    },
  };
}

function p256(): KeyExchange {
  const ecdh = createECDH('prime256v1');
  return {
    group: GROUPS.secp256r1,
    publicValue: ecdh.generateKeys(),
    secret(peer) {
      // Uncompressed points only (RFC 8422 5.4.1).
      if (peer.length !== 65 || peer[0] !== 4) throw invalidPoint();
      return orInvalid(() => ecdh.computeSecret(peer));
    },
  };
}

function orInvalid(compute: () => Buffer): Buffer {
  try {
    return compute();
  } catch {
    throw invalidPoint();
  }
}

function invalidPoint(): DtlsError {
  return new DtlsError('illegal_parameter', "the client's key share is no point of the group");
}
