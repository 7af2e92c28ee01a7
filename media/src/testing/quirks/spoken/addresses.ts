import type { ScriptedAnswer } from '../../../rtsp/testing/scripted-camera.ts';
import { AAC, FILM, H264 } from '../film.ts';
import { type Behaviour, type Quirk, quirk } from '../quirk.ts';
import { withHeader } from './messages.ts';

const SAID_404: ScriptedAnswer = { status: 404 };

/** Answers only SETUPs of exactly these addresses, written without the host. */
function controls(base: string | undefined, names: readonly string[], served: readonly string[]): Behaviour {
  return {
    sdp: (lines) =>
      `${lines
        .map((line) => line.replace(/^a=control:trackID=(\d)$/, (_, track) => names[Number(track)]!))
        .filter((line) => line !== '')
        .join('\r\n')}\r\n`,
    answer: (answer, { method, uri }) => {
      if (method === 'SETUP' && !served.includes(uri.replace(/^rtsp:\/\/[^/]*/, ''))) return SAID_404;
      if (method !== 'DESCRIBE' || base === undefined) return answer;
      return withHeader(answer, 'Content-Base', base);
    },
  };
}

const TRACKS = ['a=control:trackID=0', 'a=control:trackID=1'];
const SERVED = ['/live/trackID=0', '/live/trackID=1'];

const BACK = ['m=audio 0 RTP/AVP 0', 'a=control:trackID=9', 'a=sendonly'];

export const addressQuirks: readonly Quirk[] = [
  quirk(10, 'Content-Base as a path', controls('/live/', TRACKS, SERVED)),
  quirk(10, 'Content-Base without a scheme', controls('192.168.0.2:554/live/', TRACKS, SERVED)),
  quirk(
    10,
    'Content-Base with the scheme doubled',
    controls('rtsp://rtsp://192.168.0.2/live/', TRACKS, SERVED),
  ),
  quirk(
    10,
    'Content-Base with an IPv6-mapped address',
    controls('rtsp://::ffff:192.168.0.2/live/', TRACKS, SERVED),
  ),
  quirk(
    10,
    'controls with an inner address',
    controls(
      undefined,
      TRACKS.map((line) => line.replace('trackID', 'rtsp://10.0.0.1:554/live/trackID')),
      SERVED,
    ),
  ),
  quirk(
    10,
    'controls that begin with a slash, below the address',
    controls(
      undefined,
      TRACKS.map((line) => line.replace('trackID', '/trackID')),
      SERVED,
    ),
  ),
  quirk(
    10,
    'controls that begin with a slash, at the root',
    controls(
      undefined,
      TRACKS.map((line) => line.replace('trackID', '/trackID')),
      ['/trackID=0', '/trackID=1'],
    ),
  ),
  quirk(10, 'no control at all', { ...controls(undefined, [''], ['/live', '/live/']), film: [H264] }),
  quirk(11, 'redirects to another path', {
    answer: (answer, { uri }) =>
      /moved/.test(uri) ? answer : { status: 302, headers: [['Location', `${uri}/moved`]] },
  }),
  quirk(
    11,
    'redirects without end',
    {
      answer: (_answer, { uri }) => ({ status: 301, headers: [['Location', `${uri}/again`]] }),
    },
    { fails: { code: 'protocol_error', says: /over 3 redirects/ } },
  ),
  quirk(
    11,
    'redirects from RTSPS to RTSP',
    {
      door: 'tls',
      answer: (_answer, { uri }) => ({ status: 302, headers: [['Location', uri.replace('rtsps', 'rtsp')]] }),
    },
    { fails: { code: 'protocol_error', says: /leads from RTSPS to RTSP/ } },
  ),
  quirk(17, 'drops who asks for the back channel, or sets it up', {
    sdp: (lines) => `${[...lines, ...BACK].join('\r\n')}\r\n`,
    answer: (answer, { uri, header }) =>
      header('require') || /trackID=9/.test(uri) ? { ...answer, silent: true, close: true } : answer,
  }),
  quirk(17, 'the picture is flagged as back channel', {
    film: FILM,
    sdp: (lines) =>
      `${lines.join('\r\n').replace('a=control:trackID=0', 'a=sendonly\r\na=control:trackID=0')}\r\n`,
  }),
  quirk(17, 'a back channel is announced before the sound', {
    film: [H264, AAC],
    sdp: (lines) => {
      const sound = lines.findIndex((line) => line.startsWith('m=audio'));
      return `${[...lines.slice(0, sound), ...BACK, ...lines.slice(sound)].join('\r\n')}\r\n`;
    },
    answer: (answer, { uri }) => (/trackID=9/.test(uri) ? { status: 403 } : answer),
  }),
];
