export {
  answerConsume,
  type ConsumeAnswer,
  type ConsumedTrack,
  type ConsumeRequest,
  type ConsumeTransport,
} from './consume.ts';
export { Viewing, type ViewingEnd, type ViewingSurroundings } from './viewing.ts';
export { answerWhep, type WhepAnswer, type WhepRequest } from './whep.ts';
