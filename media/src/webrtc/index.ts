export {
  createIdentity,
  FINGERPRINT_HASHES,
  type Fingerprint,
  fingerprintOf,
  type Identity,
} from './certificate/index.ts';
export { SRTP_PROFILES, type SrtpProfile } from './srtp/index.ts';
export {
  type IceCredentials,
  Mux,
  type Path,
  type PeerMux,
  type PeerTransport,
  TRANSPORT_ENDS,
  type TransportEnd,
  type TransportEvents,
  type TransportOptions,
  type TransportState,
} from './transport/index.ts';
