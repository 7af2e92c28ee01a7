export {
  type IceCredentials,
  type PeerTransport,
  TRANSPORT_ENDS,
  type TransportEnd,
  type TransportEvents,
  type TransportOptions,
  type TransportState,
} from './contract.ts';
export { Mux } from './mux.ts';
export type { PeerMux } from './mux-contract.ts';
export type { Path } from './path.ts';
