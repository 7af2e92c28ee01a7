import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import { type Fingerprint, fingerprintOf } from '../../certificate/index.ts';
import { DtlsError } from '../dtls-error.ts';
import { VectorReader } from './vector-reader.ts';

/** Signature algorithms that we verify (RFC 5246 7.4.1.4.1): hash, and kind of key. */
export const SIGNATURES: ReadonlyMap<number, { readonly hash: string; readonly key: 'ec' | 'rsa' }> = new Map(
  [
    [0x0403, { hash: 'sha256', key: 'ec' }],
    [0x0503, { hash: 'sha384', key: 'ec' }],
    [0x0603, { hash: 'sha512', key: 'ec' }],
    [0x0401, { hash: 'sha256', key: 'rsa' }],
    [0x0501, { hash: 'sha384', key: 'rsa' }],
    [0x0601, { hash: 'sha512', key: 'rsa' }],
  ],
);

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const RSA_BITS = { least: 2048, most: 4096 };

/**
 * The key of the client's own certificate, after its fingerprint was found among `expected` (RFC 8122 6.2). The
 * rest of the chain says nothing and is passed over.
 */
export function readCertificate(body: Buffer, expected: readonly Fingerprint[]): KeyObject {
  const reader = new VectorReader(body);
  const chain = new VectorReader(reader.vector(3));
  reader.end();
  if (chain.left === 0) throw new DtlsError('handshake_failure', 'the client has no certificate', true);
  const der = chain.vector(3);
  while (chain.left > 0) chain.vector(3);
  const isExpected = expected.some(({ algorithm, value }) => fingerprintOf(der, algorithm).value === value);
  if (!isExpected) {
    const { value } = fingerprintOf(der);
    throw new DtlsError('bad_certificate', `certificate ${value} is not the one that was announced`, true);
  }
  return publicKey(der);
}

function publicKey(der: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = new X509Certificate(der).publicKey;
  } catch {
    throw new DtlsError('bad_certificate', "the client's certificate cannot be read");
  }
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isUsable =
    key.asymmetricKeyType === 'ec'
      ? CURVES.has(namedCurve)
      : key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most;
  if (!isUsable) throw new DtlsError('unsupported_certificate', "the client's key is of a kind not taken");
  return key;
}

/** The client's half of the key exchange (RFC 8422 5.7). */
export function readClientKeyExchange(body: Buffer): Buffer {
  const reader = new VectorReader(body);
  const value = reader.vector(1);
  reader.end();
  return value;
}

/** Proves that the client holds the key of its certificate: a signature over the handshake so far. */
export function checkCertificateVerify(body: Buffer, key: KeyObject, transcript: Buffer): void {
  const reader = new VectorReader(body);
  const algorithm = SIGNATURES.get(reader.uint(2));
  const signature = reader.vector(2);
  reader.end();
  if (!algorithm || algorithm.key !== key.asymmetricKeyType) {
    throw new DtlsError('illegal_parameter', 'CertificateVerify is signed in a way not offered');
  }
  if (!verify(algorithm.hash, transcript, key, signature)) {
    throw new DtlsError('decrypt_error', "CertificateVerify is not signed with the certificate's key");
  }
}
