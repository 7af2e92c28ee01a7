import { describe, expect, it } from 'vitest';
import { aac, type Codec, h264, l16, opusFormat, pcmFormat, pcmu } from '../codecs/index.ts';
import type { Track } from '../stream/index.ts';
import { formatSdp } from './format.ts';
import { parseSdp } from './parse.ts';

const FACTS: readonly [Codec, string][] = [
  [
    h264,
    'packetization-mode=1;sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==;profile-level-id=420029',
  ],
  [aac, 'mode=AAC-hbr;config=1410;sizelength=13;indexlength=3;indexdeltalength=3'],
];

function track(codec: Codec, fmtp: string, id: number): Track {
  const fields = new Map(
    fmtp.split(';').map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]),
  );
  const clockRate = codec.kind === 'video' ? 90000 : 16000;
  return { id, kind: codec.kind, format: codec.formatFromSdp({ clockRate, channels: 2, fmtp: fields })! };
}

describe('formatSdp', () => {
  const tracks = FACTS.map(([codec, fmtp], index) => ({
    track: track(codec, fmtp, index + 1),
    payloadType: codec.rtp.payloadType,
    control: `trackID=${index}`,
  }));

  it('writes what a player expects, line by line', () => {
    const text = formatSdp({ name: 'door', sessionId: '4711', tracks });
    const video = tracks[0]!.payloadType;
    const audio = tracks[1]!.payloadType;
    expect(text.split('\r\n').map((line) => line.replace(/^(a=fmtp:\d+) .*/, '$1 …'))).toEqual([
      'v=0',
      'o=- 4711 1 IN IP4 0.0.0.0',
      's=door',
      'c=IN IP4 0.0.0.0',
      't=0 0',
      'a=control:*',
      'a=range:npt=now-',
      `m=video 0 RTP/AVP ${video}`,
      `a=rtpmap:${video} H264/90000`,
      `a=fmtp:${video} …`,
      'a=control:trackID=0',
      `m=audio 0 RTP/AVP ${audio}`,
      `a=rtpmap:${audio} MPEG4-GENERIC/16000/2`,
      `a=fmtp:${audio} …`,
      'a=control:trackID=1',
      '',
    ]);
  });

  it('is read back to the same formats', () => {
    const sdp = parseSdp(formatSdp({ name: 'door', sessionId: '1', tracks }));
    expect(sdp.media).toHaveLength(tracks.length);
    tracks.forEach(({ track: { format }, payloadType, control }, index) => {
      const media = sdp.media[index]!;
      expect(media).toMatchObject({ payloadType, control, encodingName: format.codec.rtp.encodingName });
      expect(format.codec.formatFromSdp(media)).toEqual(format);
    });
  });

  it('names two channels for Opus even of one (RFC 7587 7), and for samples those they have', () => {
    const formats = [opusFormat(1), pcmFormat(pcmu, 8000, 1), pcmFormat(l16, 44_100, 2)];
    const sounds = formats.map((format, index) => ({
      track: { id: index + 1, kind: 'audio' as const, format },
      payloadType: 96 + index,
      control: `trackID=${index}`,
    }));
    const text = formatSdp({ name: 'door', sessionId: '1', tracks: sounds });
    expect(text.match(/rtpmap:.*/g)).toEqual([
      'rtpmap:96 opus/48000/2',
      'rtpmap:97 PCMU/8000',
      'rtpmap:98 L16/44100/2',
    ]);
    parseSdp(text).media.forEach((media, index) => {
      expect(formats[index]!.codec.formatFromSdp(media)).toEqual(formats[index]);
    });
  });

  it.each([
    ['a\r\nm=video 0 RTP/AVP 96', 'am=video 0 RTP/AVP 96'],
    ['  ', '-'],
    ['Tür', 'Tür'],
  ])('a name cannot add a line: %j', (name, expected) => {
    const sdp = parseSdp(formatSdp({ name, sessionId: '1', tracks: [] }));
    expect(sdp).toMatchObject({ sessionName: expected, media: [], control: '*' });
  });
});
