import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aac, h264 } from '../codecs/index.ts';
import { parseSdp } from './parse.ts';

/** The media sections as compact lines: what a codec and a client need. */
function sections(lines: readonly string[], end = '\r\n'): string[] {
  return parseSdp(lines.join(end)).media.map((media) => {
    const fmtp = [...media.fmtp].map(([name, value]) => `${name}=${value}`).join(' ');
    const { kind, payloadType, encodingName, clockRate, channels, control } = media;
    return `${kind} ${payloadType} ${encodingName}/${clockRate}/${channels} [${fmtp}] ${control}`;
  });
}

const H264 = [
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1',
  'a=control:v',
];
const VIDEO = 'video 96 H264/90000/1 [packetization-mode=1] v';
const AUDIO = [
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/16000/2',
  'a=fmtp:97 Mode=AAC-hbr;config=1410',
];

describe('parseSdp', () => {
  it('reads everything a client needs', () => {
    const sdp = parseSdp(
      [
        'v=0',
        'o=- 1 1 IN IP4 10.0.0.1',
        's=Front door',
        'c=IN IP4 0.0.0.0',
        't=0 0',
        'a=control:rtsp://10.0.0.1/live/',
        'a=recvonly',
        'm=video 5000/2 RTP/AVP 96 97',
        'b=AS:4000',
        'a=rtpmap:96 H264/90000',
        'a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==;profile-level-id=420029',
        'a=control:trackID=1',
        ...AUDIO,
        'a=sendonly',
        '',
      ].join('\r\n'),
    );
    expect(sdp.sessionName).toBe('Front door');
    expect(sdp.control).toBe('rtsp://10.0.0.1/live/');
    expect(sdp.media).toMatchObject([
      {
        index: 0,
        kind: 'video',
        port: 5000,
        proto: 'RTP/AVP',
        payloadTypes: [96, 97],
        direction: 'recvonly',
      },
      {
        index: 1,
        kind: 'audio',
        encodingName: 'MPEG4-GENERIC',
        clockRate: 16000,
        channels: 2,
        direction: 'sendonly',
      },
    ]);
    expect(h264.formatFromSdp(sdp.media[0]!)).toMatchObject({ codecString: 'avc1.420029' });
    expect(aac.formatFromSdp(sdp.media[1]!)).toMatchObject({ sampleRate: 16000, channels: 2 });
  });

  it.each<[string, string[], string[]]>([
    ['quirk 18: nothing but media', H264, [VIDEO]],
    ['quirk 18: several s=', ['v=0', 's=a', 's=b', ...H264], [VIDEO]],
    ['quirk 19: broken o= and c=', ['v=0', 'o=- 0x1f z IP IP4', 'c=', 'c=IN', ...H264], [VIDEO]],
    [
      'quirk 20: invented media types',
      ['m=meta 0 RTP/AVP 107', 'a=control:x', ...H264],
      ['meta 107 /0/1 [] x', VIDEO],
    ],
    [
      'quirk 20: wrong values in the m-line',
      ['m=application', 'm=audio x', 'm=data 0 RTP/AVP abc 300', ...H264],
      [
        'application undefined /0/1 [] undefined',
        'audio undefined /0/1 [] undefined',
        'data undefined /0/1 [] undefined',
        VIDEO,
      ],
    ],
    ['quirk 20: no port', ['m=video RTP/AVP 96', ...H264.slice(1)], [VIDEO]],
    ['quirk 21: trailing spaces', H264.map((line) => `${line}  `), [VIDEO]],
    [
      'quirk 21: spaces everywhere',
      H264.map((line) => ` ${line.replace('=', ' = ').replace('/', ' / ')}`).map((line) =>
        line.replace('RTP / AVP', 'RTP/AVP'),
      ),
      [VIDEO],
    ],
    [
      'quirk 21: empty fmtp',
      [...H264, 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 PCMU/8000', 'a=fmtp:97', 'a=fmtp:97 '],
      [VIDEO, 'audio 97 PCMU/8000/1 [] undefined'],
    ],
    [
      'quirk 21: H.264 fmtp in the audio section',
      [
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 H264/90000',
        'a=control:v',
        'm=audio 0 RTP/AVP 0',
        'a=fmtp:96 packetization-mode=1',
      ],
      [VIDEO, 'audio 0 PCMU/8000/1 [] undefined'],
    ],
    [
      'quirk 21: control before the other attributes',
      ['m=video 0 RTP/AVP 96', 'a=control:v', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1'],
      [VIDEO],
    ],
    [
      'quirk 21: fmtp without a payload type',
      ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:packetization-mode=1', 'a=control:v'],
      [VIDEO],
    ],
    [
      'rtpmap and fmtp of another type, the only ones',
      ['m=video 0 RTP/AVP 96', 'a=rtpmap:98 H264/90000', 'a=fmtp:98 packetization-mode=1', 'a=control:v'],
      [VIDEO],
    ],
    [
      'fmtp over two lines',
      ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 a=1', 'a=fmtp:96 a=2;b=3', 'a=control:v'],
      ['video 96 H264/90000/1 [a=1 b=3] v'],
    ],
    [
      'quirk 22: sprop with padding and a flag',
      ['m=video 0 RTP/AVP 96', 'a=fmtp:96 SPROP-Parameter-Sets=aM48gA==,x=;flag; ;=1'],
      ['video 96 /90000/1 [sprop-parameter-sets=aM48gA==,x= flag=] undefined'],
    ],
    [
      'quirk 24: clock rate missing',
      [
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 H264',
        'm=audio 0 RTP/AVP 97',
        'a=rtpmap:97 PCMA',
        'm=audio 0 RTP/AVP 98',
        'a=rtpmap:98 opus/',
      ],
      [
        'video 96 H264/90000/1 [] undefined',
        'audio 97 PCMA/8000/1 [] undefined',
        'audio 98 opus/48000/1 [] undefined',
      ],
    ],
    [
      'quirk 52: Opus with one channel and a rate that is not 48000',
      ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 OPUS/16000/1'],
      ['audio 98 OPUS/48000/1 [] undefined'],
    ],
    [
      'quirk 24: clock rate 0, zero channels',
      ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/0', 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/0/0'],
      ['video 96 H264/90000/1 [] undefined', 'audio 97 MPEG4-GENERIC/0/1 [] undefined'],
    ],
    [
      'quirk 25: MP2T in the protocol field',
      ['m=video 0 MP2T/AVP 96'],
      ['video 96 MP2T/90000/1 [] undefined'],
    ],
    ['quirk 25: MP2T on its static type', ['m=video 0 RTP/AVP 33'], ['video 33 MP2T/90000/1 [] undefined']],
    ['quirk 26: H.264 on static type 35', ['m=video 0 RTP/AVP 35'], ['video 35 H264/90000/1 [] undefined']],
    [
      'static types',
      [
        'm=audio 0 RTP/AVP 0',
        'm=audio 0 RTP/AVP 8',
        'm=audio 0 RTP/AVP 10',
        'm=audio 0 RTP/AVP 11',
        'm=audio 0 RTP/AVP 14',
        'm=video 0 RTP/AVP 26',
      ],
      [
        'audio 0 PCMU/8000/1 [] undefined',
        'audio 8 PCMA/8000/1 [] undefined',
        'audio 10 L16/44100/2 [] undefined',
        'audio 11 L16/44100/1 [] undefined',
        'audio 14 MPA/90000/1 [] undefined',
        'video 26 JPEG/90000/1 [] undefined',
      ],
    ],
    [
      'an rtpmap wins over the static type',
      ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/16000'],
      ['audio 0 PCMU/16000/1 [] undefined'],
    ],
  ])('%s', (_name, lines, expected) => {
    for (const end of ['\r\n', '\n', '\r', '\r\n\r\n']) expect(sections(lines, end)).toEqual(expected);
  });

  it.each(['', '\0', 'hello', '<html>', '=', 'm', 'a=control:x'])('%j has no media', (text) => {
    expect(parseSdp(text).media).toEqual([]);
  });

  it('is bounded', () => {
    expect(parseSdp('m=video 0 RTP/AVP 96\n'.repeat(100_000)).media).toHaveLength(64);
  });

  it('survives any text, and every section is of valid values', () => {
    const piece = fc.constantFrom(
      ...H264,
      ...AUDIO,
      'a=',
      'm=',
      '96',
      ' ',
      '/',
      ';',
      '=',
      ':',
      'a=rtpmap:',
      'a=fmtp:96 ',
      '\n',
      '\r\n',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const media of parseSdp(given).media) {
          expect(media.payloadTypes.every((type) => type >= 0 && type < 128)).toBe(true);
          expect(media.channels).toBeGreaterThan(0);
          expect(media.clockRate).toBeGreaterThanOrEqual(0);
          expect(media.control).not.toBe('');
        }
      }),
      { seed: 8866, numRuns: 5000 },
    );
  });
});
