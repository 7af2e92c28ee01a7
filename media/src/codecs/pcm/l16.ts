import { pcmCodec } from './pcm.ts';

/**
 * Linear samples of 16 bits, big-endian (RFC 3551 4.5.11). In MP4 QuickTime's `twos`, which has the same byte
 * order: ISO/IEC 23003-5 `ipcm` is unknown to ffmpeg before 6.0 and to Android.
 */
export const l16 = pcmCodec({
  name: 'l16',
  rtp: { encodingName: 'L16', payloadType: 102 },
  sampleEntry: 'twos',
  bytesPerSample: 2,
  defaultRate: 44_100,
});
