import type { EndlessRequest } from './endless.ts';
import { FLV_TYPE, serveFlv } from './flv.ts';
import { MP4_TYPE, serveMp4 } from './mp4.ts';

/** HTTP answers without an end, by what is behind `/live/{stream_id}/`. */
export const ENDLESS: Readonly<Record<string, { type: string; serve: (request: EndlessRequest) => void }>> = {
  'stream.mp4': { type: MP4_TYPE, serve: serveMp4 },
  'stream.flv': { type: FLV_TYPE, serve: serveFlv },
};

/** The way that is a WebSocket. */
export const MSE = 'mse';
