export { rtmpListener } from './rtmp.ts';
export { rtspListener } from './rtsp.ts';
