import { l16, opus, opusFormat, pcma, pcmFormat } from '../../../codecs/index.ts';
import { AAC_16K, ADTS_UNITS, type FilmTrack, H264, LATM, soundFrame, trackOf } from '../film.ts';
import { type Quirk, quirk } from '../quirk.ts';

const HBR = 'mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3';
const bytes = (length: number, index: number) =>
  Buffer.from(Array.from({ length }, (_, at) => (at * 31 + index * 7) & 255));
const frames = (length: number) => Array.from({ length: 20 }, (_, index) => soundFrame(bytes(length, index)));

/** A tone: sound is smooth in its own byte order and noise in the other. */
function tone(samples: number, littleEndian: boolean) {
  return Array.from({ length: 50 }, (_, frame) => {
    const sound = Buffer.alloc(samples * 2);
    for (let at = 0; at < samples; at++) {
      const value = Math.round(9000 * Math.sin((frame * samples + at) / 9));
      if (littleEndian) sound.writeInt16LE(value, at * 2);
      else sound.writeInt16BE(value, at * 2);
    }
    return sound;
  });
}

const G711_WIDE = trackOf(pcma, pcmFormat(pcma, 16_000, 2), {
  payloadType: 98,
  rate: 16_000,
  ticks: 320,
  sdp: ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 PCMA/16000/2'],
  frames: frames(640),
});

const whole = (track: FilmTrack, wrap: (index: number) => Buffer): FilmTrack => ({
  ...track,
  parts: (frame) => [{ bytes: wrap(track.frames.indexOf(frame)), marker: true }],
});

/** One access unit behind its AU header (RFC 3640 3.3.6). */
function behindHeader(unit: Buffer): Buffer {
  const head = Buffer.from([0, 16, 0, 0]);
  head.writeUInt16BE(unit.length << 3, 2);
  return Buffer.concat([head, unit]);
}

const big = tone(160, false);
const L16_TURNED: FilmTrack = {
  kind: 'audio',
  payloadType: 98,
  rate: 8000,
  ticks: 160,
  sdp: ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 L16/8000/1'],
  frames: big.map(soundFrame),
  parts: ({ stored }) => [{ bytes: Buffer.from(stored).swap16(), marker: false }],
};

const opusFrames = Array.from({ length: 20 }, (_, index) =>
  soundFrame(Buffer.concat([Buffer.from([0xfc]), bytes(80, index)])),
);
const opusTrack = (rtpmap: string): FilmTrack =>
  trackOf(opus, opusFormat(2), {
    payloadType: 99,
    rate: 48_000,
    ticks: 960,
    sdp: ['m=audio 0 RTP/AVP 99', `a=rtpmap:99 ${rtpmap}`],
    frames: opusFrames,
  });

const unknown = (rtpmap: string): FilmTrack => ({
  ...L16_TURNED,
  payloadType: 100,
  sdp: ['m=audio 0 RTP/AVP 100', `a=rtpmap:100 ${rtpmap}`],
});
const PICTURE_ONLY = { tracks: ['video'] } as const;

export const soundQuirks: readonly Quirk[] = [
  quirk(49, 'G.711 with 16 kHz in stereo', { film: [H264, G711_WIDE] }),
  quirk(50, 'AAC with ADTS headers inside', {
    film: [H264, whole(AAC_16K, (index) => behindHeader(ADTS_UNITS[index]!))],
  }),
  quirk(50, 'AAC as LATM', { film: [H264, LATM] }),
  quirk(50, 'AAC in fragments', {
    film: [
      H264,
      {
        ...AAC_16K,
        parts: ({ stored }) => {
          const head = behindHeader(stored).subarray(0, 4);
          const half = stored.length >> 1;
          return [
            { bytes: Buffer.concat([head, stored.subarray(0, half)]), marker: false },
            { bytes: Buffer.concat([head, stored.subarray(half)]), marker: true },
          ];
        },
      },
    ],
  }),
  quirk(50, 'AAC without a configuration', {
    film: [
      H264,
      { ...AAC_16K, sdp: ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000', `a=fmtp:97 ${HBR}`] },
    ],
  }),
  quirk(
    51,
    'L16 in the wrong byte order',
    { film: [H264, L16_TURNED] },
    { lossy: true, altered: true, watchMs: 1500 },
  ),
  quirk(51, 'L16 on static type 11', {
    film: [
      H264,
      trackOf(l16, pcmFormat(l16, 44_100, 1), {
        payloadType: 11,
        rate: 44_100,
        ticks: 441,
        sdp: ['m=audio 0 RTP/AVP 11'],
        frames: tone(441, false).map(soundFrame),
      }),
    ],
  }),
  quirk(52, 'Opus stated as mono', { film: [H264, opusTrack('opus/48000/1')] }),
  quirk(52, 'Opus stated with 16 kHz', { film: [H264, opusTrack('OPUS/16000')] }),
  quirk(52, 'G.726', { film: [H264, unknown('G726-32/8000')] }, PICTURE_ONLY),
  quirk(52, 'G.723 and Speex', { film: [H264, unknown('G723/8000'), unknown('speex/16000')] }, PICTURE_ONLY),
  quirk(52, 'a codec that nobody knows', { film: [H264, unknown('VENDOR-X/8000')] }, PICTURE_ONLY),
];
