export type { PeerExchange } from './exchange.ts';
export { PeerPortError } from './peer-worker.ts';
export { serveWhip } from './publish/whip.ts';
export { PeerRefusal } from './refusal.ts';
export { serveConsume } from './signalling/consume.ts';
export { serveWhep } from './signalling/whep.ts';
export { WebRtc } from './webrtc.ts';
export { WebRtcWorkers } from './workers.ts';
