export { ChunkReader, type MessageSink } from './chunk-reader.ts';
export { MEDIA_STREAM, rtmpFraming } from './chunk-writer.ts';
export { RtmpClient, type RtmpClientOptions, type RtmpConnect } from './client.ts';
export { RTMP_ERRORS, RtmpError, type RtmpErrorCode } from './errors.ts';
export type {
  RtmpPeer,
  RtmpPlayback,
  RtmpPublication,
  RtmpRefusal,
  RtmpRequest,
} from './server/hooks.ts';
export { RtmpServer, type RtmpServerOptions, type RtmpServerStats } from './server.ts';
export { FlvToStream, type FlvToStreamOptions } from './to-stream.ts';
export { parseRtmpUrl, type RtmpTarget, type RtmpUrl, targetOf } from './url.ts';
