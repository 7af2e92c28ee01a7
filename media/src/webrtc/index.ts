export {
  createIdentity,
  FINGERPRINT_HASHES,
  type Fingerprint,
  fingerprintOf,
  type Identity,
} from './certificate/index.ts';
export { type HostCandidate, hostCandidates, MAX_OFFER, OfferError } from './description/index.ts';
export {
  NothingToSendError,
  type RtpCapabilities,
  type RtpParameters,
  routerCapabilities,
} from './negotiation/index.ts';
export {
  answerWhip,
  NothingToReceiveError,
  type PublishedTrack,
  Publishing,
  type PublishingSurroundings,
} from './publishing/index.ts';
export type { ReceiverFigures } from './receive/index.ts';
export { type FedFrame, Feed, type FeedEnd, type SenderFigures } from './send/index.ts';
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
export {
  answerConsume,
  answerWhep,
  type ConsumeAnswer,
  type ConsumedTrack,
  Viewing,
  type ViewingEnd,
  type ViewingSurroundings,
} from './viewing/index.ts';
