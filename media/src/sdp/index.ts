export { formatSdp, type SdpOffer, type SdpOfferTrack } from './format.ts';
export { parseSdp } from './parse.ts';
export type { Sdp, SdpDirection, SdpMedia } from './sdp.ts';
export { STATIC_TYPES } from './static-types.ts';
