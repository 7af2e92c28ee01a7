import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bitString, explicit0, integer, oid, sequence, set, time, utf8 } from './der.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';

/** Who we are in a DTLS handshake; one for all peers of a process. */
export interface Identity {
  /** Self-signed X.509 certificate in DER, P-256. */
  readonly certificate: Buffer;
  readonly key: KeyObject;
  /** SHA-256, for SDP. */
  readonly fingerprint: Fingerprint;
}

const DAY = 86_400_000;
/** RFC 8827 6.5 leaves it open; browsers take a month. Nobody checks it but by fingerprint. */
const VALID_DAYS = 365;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';

/**
 * A new key with a self-signed certificate (RFC 5280 4.1). `utc`: now, in milliseconds since 1970; valid from a
 * day before, for peers whose clock is behind.
 */
export function createIdentity(utc: number, random: (bytes: number) => Buffer = randomBytes): Identity {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(set(sequence(oid(COMMON_NAME), utf8('nightjar'))));
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const serial = random(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const body = sequence(
    explicit0(integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(utc - DAY), time(utc + VALID_DAYS * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, key)));
  return { certificate, key, fingerprint: fingerprintOf(certificate) };
}
