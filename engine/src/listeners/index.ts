export { rtspListener } from './rtsp.ts';
