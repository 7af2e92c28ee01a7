import { AAC, H264, inTransportStream } from '../film.ts';
import { type Behaviour, type Quirk, quirk } from '../quirk.ts';
import { eachSend, eachShot } from '../shots.ts';

type Lines = readonly string[];

const crlf = (lines: Lines) => `${lines.join('\r\n')}\r\n`;
/** The description with each line changed; one that becomes '' is left out. */
const rewritten = (change: (line: string) => string): Behaviour => ({
  sdp: (lines) => crlf(lines.map(change).filter((line) => line !== '')),
});
const replaced = (from: string | RegExp, to: string) => rewritten((line) => line.replace(from, to));
/** Lines put in behind those that match. */
const behind = (match: RegExp, ...more: string[]) =>
  rewritten((line) => (match.test(line) ? [line, ...more].join('\r\n') : line));
const SPROP = /sprop-parameter-sets=([^,]+),(.+)$/;
const startCode = Buffer.from([0, 0, 0, 1]);
const prefixed = (set: string) => Buffer.concat([startCode, Buffer.from(set, 'base64')]).toString('base64');

const lines: readonly Quirk[] = [
  quirk(18, 'nothing but the media, LF only, no final newline', {
    sdp: (all) => all.slice(all.findIndex((line) => line.startsWith('m='))).join('\n'),
  }),
  quirk(18, 'several names', behind(/^s=/, 's=again', 's=and again')),
  quirk(19, 'an origin in hex, with IP for IN', replaced(/^o=.*/, 'o=- 0x5F3a 0x1z IP IP4 0.0.0.0')),
  quirk(19, 'broken and empty connection lines', replaced(/^c=.*/, 'c=\r\nc=IN\r\nc=IN c=IN IP4 0.0.0.0')),
  quirk(20, 'invented media types before and behind', {
    sdp: (all) => {
      const at = all.findIndex((line) => line.startsWith('m='));
      const odd = [
        'm=application/TP-LINK 0 RTP/AVP smart/1/90000',
        'a=rtpmap:95 TP-LINK/90000',
        'a=control:track3',
      ];
      const meta = ['m=meta 0 RTP/AVP 107', 'a=rtpmap:107 vnd.onvif.metadata/90000', 'a=control:track4'];
      return crlf([...all.slice(0, at), ...odd, ...all.slice(at), ...meta]);
    },
  }),
  quirk(
    20,
    'no port, and a wrong one, in the media lines',
    rewritten((line) => line.replace(/^m=video 0/, 'm=video').replace(/^m=audio 0/, 'm=audio 99999')),
  ),
  quirk(21, 'trailing spaces, and control before the other attributes', {
    sdp: (all) => {
      const tracks = all.join('\n').split(/\n(?=m=)/);
      const turned = tracks.map((track) => track.replace(/^(m=.*)\n([\s\S]*)\n(a=control.*)$/, '$1\n$3\n$2'));
      return crlf(
        turned
          .join('\n')
          .split('\n')
          .map((line) => `${line}  `),
      );
    },
  }),
  quirk(21, 'an empty fmtp', { ...replaced(/^a=fmtp:96.*/, 'a=fmtp:96'), film: [H264] }),
  quirk(21, 'the fmtp of the picture in the section of the sound', {
    sdp: (all) => {
      const fmtp = all.find((line) => line.startsWith('a=fmtp:96'))!;
      return crlf([...all.filter((line) => line !== fmtp), fmtp]);
    },
  }),
];

const sets: readonly Quirk[] = [
  quirk(22, 'no parameter sets in the description', replaced(SPROP, '')),
  quirk(22, 'parameter sets that are none', replaced(SPROP, 'sprop-parameter-sets=AAAA,!!!!')),
  quirk(
    22,
    'parameter sets with start codes',
    rewritten((line) =>
      line.replace(
        SPROP,
        (_all, sps: string, pps: string) => `sprop-parameter-sets=${prefixed(sps)},${prefixed(pps)}`,
      ),
    ),
  ),
  quirk(22, 'parameter sets in the description only', {
    shots: eachShot((shot) => ({
      ...shot,
      parts: shot.parts.filter(({ bytes }) => shot.track !== 0 || ![7, 8].includes(bytes[0]! & 31)),
    })),
  }),
  quirk(
    23,
    'a profile that the parameter sets contradict',
    replaced(/profile-level-id=\w+/, 'profile-level-id=42001E'),
    {
      looks: ({ tracks }) =>
        tracks[0]?.[0]?.startsWith('avc1.64001F') ? undefined : `announced as ${tracks[0]}`,
    },
  ),
  quirk(24, 'a clock rate of 0', { ...replaced('H264/90000', 'H264/0'), film: [H264] }),
  quirk(24, 'no clock rate', { ...replaced('H264/90000', 'H264'), film: [H264] }),
  quirk(24, 'sound without channels', replaced('MPEG4-GENERIC/48000/1', 'MPEG4-GENERIC/48000/0')),
];

/** In front of each packet one of another type that has its number (Uniview). */
const withStrangers = eachSend((send) => {
  if (send.kind !== 'rtp') return [send];
  const stranger = Buffer.from(send.bytes);
  stranger[1] = 50;
  return [{ ...send, bytes: stranger }, send];
});

const types: readonly Quirk[] = [
  quirk(25, 'an MPEG transport stream on its static type', () => ({ film: [inTransportStream()] })),
  quirk(25, 'an MPEG transport stream in the protocol field', () => ({
    film: [{ ...inTransportStream(), sdp: ['m=video 0 MP2T/H2221/UDP 33'] }],
  })),
  quirk(26, 'H.264 on static type 35', {
    film: [{ ...H264, payloadType: 35, sdp: ['m=video 0 RTP/AVP 35'] }, AAC],
  }),
  quirk(26, 'packets of an unknown type in between', { sends: withStrangers }),
  quirk(26, 'packets of an unknown type in between, as datagrams', {
    sends: withStrangers,
    transports: ['udp'],
  }),
];

const ofTrack = (all: Lines, kind: string) => {
  const from = all.findIndex((line) => line.startsWith(`m=${kind}`));
  const to = all.findIndex((line, index) => index > from && line.startsWith('m='));
  return all.slice(from, to < 0 ? all.length : to);
};

const dialects: readonly Quirk[] = [
  quirk(27, 'Sony: spaces in the name of the origin, connection behind attributes', {
    sdp: (all) =>
      crlf([
        'v=0',
        'o=RTSP Session 1 2 IN IP4 0.0.0.0',
        's=Sony RTSP Server',
        't=0 0',
        'a=range:npt=now-',
        'c=IN IP4 0.0.0.0',
        ...ofTrack(all, 'video'),
        'a=framerate:25.0',
        ...ofTrack(all, 'audio'),
      ]),
  }),
  quirk(27, 'Vurix: IPV4, absolute controls on another port', {
    sdp: (all) =>
      crlf([
        'o=- 1 1 IN IPV4 10.10.10.10',
        'c=IN IPV4 0.0.0.0',
        'a=control:*',
        ...all
          .slice(all.findIndex((line) => line.startsWith('m=')))
          .map((line) => line.replace('control:', 'control:rtsp://10.10.10.10:5556/live/')),
      ]),
  }),
  quirk(27, 'Hikvision: connection twice in a line, a header of its own', {
    sdp: (all) =>
      crlf([
        'v=0',
        'o=- 1109162014219182 0 IN IP4 0.0.0.0',
        'i=HIK Media Server Session Description : standard',
        'e=NONE',
        'c=IN c=IN IP4 0.0.0.0',
        'a=control:*',
        ...ofTrack(all, 'video'),
        'i=Video Media',
        'a=Media_header:MEDIAINFO=494D4B48;',
        'a=appversion:1.0',
        ...ofTrack(all, 'audio'),
      ]),
  }),
  quirk(27, 'Mercury: five fields in the origin, a session named with quotes', {
    sdp: (all) =>
      crlf([
        'v=0',
        'o=- 14665860 31787219 1 IN IP4 192.168.0.60',
        's=Session streamed by "MERCURY RTSP Server"',
        'a=smart_encoder:virtualIFrame=1',
        ...ofTrack(all, 'video'),
        'b=AS:4096',
        ...ofTrack(all, 'audio'),
        'm=application/MERCURY 0 RTP/AVP smart/1/90000',
        'a=rtpmap:95 MERCURY/90000',
        'a=control:track3',
      ]),
  }),
];

export const descriptionQuirks: readonly Quirk[] = [...lines, ...sets, ...types, ...dialects];
