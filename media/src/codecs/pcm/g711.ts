import { pcmCodec } from './pcm.ts';

const SAMPLES = { bytesPerSample: 1, defaultRate: 8000 };

/** G.711 mu-law: RFC 3551 4.5.14 on the wire, QuickTime's `ulaw` in MP4. */
export const pcmu = pcmCodec({
  ...SAMPLES,
  name: 'pcmu',
  rtp: { encodingName: 'PCMU', payloadType: 100 },
  flv: { id: 8 },
  sampleEntry: 'ulaw',
});

/** G.711 A-law: RFC 3551 4.5.14 on the wire, QuickTime's `alaw` in MP4. */
export const pcma = pcmCodec({
  ...SAMPLES,
  name: 'pcma',
  rtp: { encodingName: 'PCMA', payloadType: 101 },
  flv: { id: 7 },
  sampleEntry: 'alaw',
});
