export { handlesAdaptive, serveAdaptive } from './adaptive.ts';
export { HlsSessions } from './hls-sessions.ts';
export { type HlsRequest, serveHls } from './serve-hls.ts';
