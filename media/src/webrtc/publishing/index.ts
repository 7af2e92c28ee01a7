export { Publishing, type PublishingEvents, type PublishingSurroundings } from './publishing.ts';
export {
  answerWhip,
  NothingToReceiveError,
  type PublishedTrack,
  type WhipAnswer,
  type WhipRequest,
} from './whip.ts';
