export { type AmfObject, type AmfValue, EcmaArray, readAmf, writeAmf } from './amf0.ts';
export {
  FlvFan,
  type FlvFanOptions,
  type FlvFraming,
  type FlvTaker,
  flvFileHeader,
  flvFraming,
} from './fan.ts';
export { dopsFromOpusHead, opusHeadFromDops } from './opus-head.ts';
export { FlvPacket, fourCcOf, readAudioHead, readVideoHead } from './packet.ts';
export { FlvReader } from './reader.ts';
export { TAG, TAG_HEADER, type TagSink, tagTimestamp } from './tag.ts';
