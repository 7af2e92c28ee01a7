export { DoorCertificate } from './door-certificate.ts';
export { rtmpListener } from './rtmp.ts';
export { rtspListener } from './rtsp.ts';
