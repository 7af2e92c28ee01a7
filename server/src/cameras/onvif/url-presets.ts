import type { UrlPreset } from '@nightjar/contract/manager';

/** Port 554 unless said otherwise. */
function preset(brand: string, main: string, sub: string | null, more: Partial<UrlPreset> = {}): UrlPreset {
  return { brand, main, sub, port: 554, note: null, ...more };
}

const HIKVISION_NOTE = 'Behind a recorder the first digits are the channel. Its digest setting may need MD5.';

/** Where cameras have their streams, by make; shown in `docs/reference/camera-urls.md`. */
export const URL_PRESETS: readonly UrlPreset[] = [
  preset('Annke', '/H264/ch1/main/av_stream', '/H264/ch1/sub/av_stream'),
  preset('Axis', '/axis-media/media.amp', '/axis-media/media.amp?resolution=640x360'),
  preset('Dahua, Amcrest', '/cam/realmonitor?channel=1&subtype=0', '/cam/realmonitor?channel=1&subtype=1', {
    note: 'Recorders count channels from 1; subtype 2 and 3 are further small pictures.',
  }),
  preset('Hikvision', '/Streaming/Channels/101', '/Streaming/Channels/102', { note: HIKVISION_NOTE }),
  preset('Reolink', '/h264Preview_01_main', '/h264Preview_01_sub', {
    note: 'RTSP is switched on in its settings. Models up to 5 MP are steadier over HTTP-FLV.',
  }),
  preset('Sonoff', '/av_stream/ch0', '/av_stream/ch1'),
  preset('TP-Link Tapo', '/stream1', '/stream2', {
    note: 'Needs the camera account of the app, not the one of the cloud. ONVIF is on port 2020.',
  }),
  preset('UniFi Protect', '/', null, {
    port: 7441,
    note: 'rtsps, with the id that Protect shows for the camera; `enableSrtp` is left out.',
  }),
  preset('Wyze and XM firmwares', '/live/ch00_1', '/live/ch00_0'),
];
