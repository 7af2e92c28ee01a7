export {
  offeredOf,
  type RtpCapabilities,
  type RtpParameters,
  routerCapabilities,
  rtpParametersOf,
} from './capabilities.ts';
export { type CodecChoice, chooseCodec, heardFeedback, PLAYOUT_DELAY } from './choice.ts';
export { type LeftOut, NothingToSendError, planTracks, type TrackPlan } from './track-plan.ts';
