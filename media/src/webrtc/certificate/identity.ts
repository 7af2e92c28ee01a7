import type { KeyObject } from 'node:crypto';
import type { Fingerprint } from './fingerprint.ts';

/** Who we are in a DTLS handshake; one for all peers of a process. */
export interface Identity {
  /** Self-signed X.509 certificate in DER, P-256. */
  readonly certificate: Buffer;
  readonly key: KeyObject;
  /** SHA-256, for SDP. */
  readonly fingerprint: Fingerprint;
}
