export { serveConsume } from './consume.ts';
export type { PeerExchange } from './exchange.ts';
export { PeerPortError } from './peer-worker.ts';
export { serveWhip } from './publish/whip.ts';
export { PeerRefusal } from './refusal.ts';
export { WebRtc, type WebRtcOptions } from './webrtc.ts';
export { serveWhep } from './whep.ts';
