export { FINGERPRINT_HASHES, type Fingerprint, fingerprintOf } from './fingerprint.ts';
export { createIdentity, type Identity } from './identity.ts';
