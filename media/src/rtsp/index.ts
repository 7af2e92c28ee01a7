export type { RtspSink } from './channel-map.ts';
export { RtspClient, type RtspClientOptions, type RtspDescription } from './client.ts';
export type { Connect, OnRead, RtspTarget } from './connection.ts';
export { RTSP_ERRORS, RtspError, type RtspErrorCode } from './errors.ts';
export type { RtspTrackStart } from './rtp-info.ts';
export { type Credentials, formatRtspUrl, parseRtspUrl, type RtspUrl } from './wire/url.ts';
