export {
  type AcceptedMedia,
  type AnsweredCodec,
  type AnsweredSource,
  type AnswerFacts,
  formatAnswer,
} from './answer.ts';
export { formatCandidate, type HostCandidate, hostCandidates } from './candidate.ts';
export {
  MAX_OFFER,
  type MediaDirection,
  type Offer,
  OfferError,
  type OfferedCodec,
  type OfferedMedia,
  parseOffer,
} from './offer.ts';
