export { FINGERPRINT_HASHES, type Fingerprint, fingerprintOf } from './fingerprint.ts';
export type { Identity } from './identity.ts';
