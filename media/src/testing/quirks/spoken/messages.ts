import type { ScriptedAnswer } from '../../../rtsp/testing/scripted-camera.ts';
import { type Asked, type Behaviour, type Quirk, quirk } from '../quirk.ts';
import { eachSend } from '../shots.ts';
import { guarded, isLetIn } from './challenges.ts';

const DIGEST = 'Digest realm="cam", nonce="n1"';
const BASIC = 'Basic realm="cam"';
/** Several times what the client takes: a busy machine is no reason to end. */
const SOON_MS = 3000;

export const withHeader = (answer: ScriptedAnswer, name: string, value: string): ScriptedAnswer => ({
  ...answer,
  headers: [...(answer.headers ?? []).filter(([other]) => other !== name), [name, value]],
});

/** Ends the connection of whoever does not ask for `method` again and again, which it may refuse to others. */
function keptAliveBy(method: string, offered: string, refused: number): Behaviour {
  let last = Number.POSITIVE_INFINITY;
  let connection: Asked | undefined;
  return {
    answer: (answer, asked) => {
      connection = asked;
      const again = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'].includes(asked.method) && asked.count > 0;
      if (asked.method === 'PLAY') last = performance.now();
      if (asked.method === 'OPTIONS' && last === Number.POSITIVE_INFINITY)
        return withHeader(answer, 'Public', offered);
      if (asked.method === 'SETUP') return withHeader(answer, 'Session', '4711;timeout=1');
      if (asked.method === method) last = performance.now();
      else if (again) return { status: refused };
      return answer;
    },
    sends: eachSend((send) => {
      if (performance.now() - last > SOON_MS) connection?.end();
      return [send];
    }),
  };
}

/** Ends the connection with each challenge, as some makers' servers do (Retina #45). */
const endingWith401 = (camera: Behaviour): Behaviour => ({
  ...camera,
  answer: (answer, asked) => {
    const given = camera.answer?.(answer, asked) ?? answer;
    return given.status === 401 ? { ...given, close: true } : given;
  },
});

const auth: readonly Quirk[] = [
  quirk(1, 'Basic and Digest in two fields', guarded({ challenges: [BASIC, DIGEST], accepts: 'MD5' })),
  quirk(1, 'Digest and Basic in one field', guarded({ challenges: [`${DIGEST}, ${BASIC}`], accepts: 'MD5' })),
  quirk(
    2,
    'Digest with SHA-256 only',
    guarded({ challenges: [`${DIGEST}, algorithm=SHA-256`], accepts: 'SHA-256' }),
  ),
  quirk(
    2,
    'Digest with SHA-512-256 only',
    guarded({ challenges: [`${DIGEST}, algorithm=SHA-512-256, qop="auth"`], accepts: 'SHA-512-256' }),
  ),
  quirk(3, 'the algorithm is left out', guarded({ challenges: [DIGEST], accepts: 'MD5' })),
  quirk(
    3,
    'an unknown algorithm is offered before a known one',
    guarded({ challenges: [`${DIGEST}, algorithm=SHA3-512`, `${DIGEST}, algorithm=MD5`], accepts: 'MD5' }),
  ),
  quirk(4, 'Basic only', guarded({ challenges: [BASIC], accepts: 'Basic' })),
  quirk(4, 'the digest covers the query of the address', {
    ...guarded({ challenges: [DIGEST], accepts: 'MD5' }),
    path: '/cam/realmonitor?channel=1&subtype=0',
  }),
  quirk(
    1,
    'a password that is not accepted fails and says so',
    {
      ...guarded({ challenges: [DIGEST], accepts: 'MD5' }),
      login: 'admin:guess',
    },
    { fails: { code: 'auth_failed', says: /does not accept the credentials/ } },
  ),
  quirk(
    1,
    'ends the connection with its challenge',
    endingWith401(guarded({ challenges: [DIGEST], accepts: 'MD5' })),
  ),
  quirk(
    1,
    'ends the connection with its challenge, and does not accept the password',
    endingWith401({ ...guarded({ challenges: [DIGEST], accepts: 'MD5' }), login: 'admin:guess' }),
    { fails: { code: 'auth_failed', says: /does not accept the credentials/ } },
  ),
  quirk(5, 'refuses who names no user agent', {
    answer: (answer, { header }) => (header('user-agent') ? answer : { status: 401 }),
  }),
  quirk(5, 'credentials that are typed as they are', () => ({
    ...guarded({ challenges: [BASIC], accepts: 'Basic' }),
    login: 'admin:p@ss%w:d',
    answer: (answer, asked) =>
      isLetIn(asked, 'Basic', 'p@ss%w:d') ? answer : { status: 401, headers: [['WWW-Authenticate', BASIC]] },
  })),
];

const dialogue: readonly Quirk[] = [
  quirk(6, 'no reason phrase, stray spaces, no Content-Type', {
    answer: ({ headers = [], body = '' }, { header }) => {
      const fields = headers
        .filter(([name]) => name !== 'Content-Type')
        .map(([name, value]) => `${name} :  ${value} \r\n`);
      const length = body === '' ? '' : `Content-Length : ${body.length} \r\n`;
      return {
        headers,
        raw: `RTSP/1.0 200 \r\nCSeq :  ${header('cseq')} \r\n${fields.join('')}${length}\r\n${body}`,
      };
    },
  }),
  quirk(
    7,
    'OPTIONS alone keeps the session, GET_PARAMETER is offered and refused with 454',
    () => keptAliveBy('OPTIONS', 'GET_PARAMETER', 454),
    { watchMs: 4000 },
  ),
  quirk(
    7,
    'SET_PARAMETER alone keeps the session, the others are refused with 400',
    () => keptAliveBy('SET_PARAMETER', 'OPTIONS', 400),
    { watchMs: 4000 },
  ),
  quirk(
    8,
    'never answers what keeps the session alive',
    {
      answer: (answer, { method, count }) => {
        if (method === 'SETUP') return withHeader(answer, 'Session', '4711;timeout=1');
        return method === 'GET_PARAMETER' || (method === 'OPTIONS' && count > 1) ? { silent: true } : answer;
      },
    },
    { watchMs: 1500 },
  ),
  quirk(
    8,
    'ends the session of who sends no receiver reports',
    () => {
      let heard = Number.POSITIVE_INFINITY;
      let connection: Asked | undefined;
      return {
        answer: (answer, asked) => {
          connection = asked;
          if (asked.method === 'PLAY') heard = performance.now();
          return answer;
        },
        received: (channel) => {
          if (channel % 2 === 1) heard = performance.now();
        },
        sends: eachSend((send) => {
          if (performance.now() - heard > SOON_MS) connection?.end();
          return [send];
        }),
      };
    },
    { watchMs: 4000 },
  ),
  quirk(9, 'parameters behind the session id, and another id in every answer', () => {
    let first: string | undefined;
    return {
      answer: (answer, { method, count, header }) => {
        if (method === 'SETUP') return withHeader(answer, 'Session', `id${count} ; timeout=20 ; x=y`);
        first ??= header('session');
        return method === 'PLAY' && first !== 'id1' ? { status: 454 } : answer;
      },
    };
  }),
  quirk(
    12,
    'asks for OPTIONS in mid-stream, and ends unless it is answered',
    () => {
      let asked = 0;
      return {
        sends: eachSend((send) => {
          if (send.at < 200 || asked++ > 0) return [send];
          const question = 'OPTIONS rtsp://client/ RTSP/1.0\r\nCSeq: 77\r\n\r\n';
          return [send, { ...send, kind: 'raw', bytes: Buffer.from(question) }];
        }),
      };
    },
    { watchMs: 800 },
  ),
  quirk(13, 'refuses a second DESCRIBE on one connection, and knows UDP only', () => {
    const described = new Set<number>();
    return {
      answer: (answer, { method, connection, header }) => {
        if (method === 'DESCRIBE' && described.has(connection)) return { status: 455 };
        if (method === 'DESCRIBE') described.add(connection);
        return method === 'SETUP' && /TCP/.test(header('transport') ?? '') ? { status: 461 } : answer;
      },
    };
  }),
  quirk(
    14,
    'has no room for another session',
    {
      answer: (answer, { method }) => (method === 'SETUP' ? { status: 453 } : answer),
    },
    { fails: { code: 'refused', says: /SETUP with 453 Not Enough Bandwidth/ } },
  ),
  quirk(15, 'RTSPS with a self-signed certificate, no chain', { door: 'tls' }),
  quirk(15, 'an address that asks for encrypted media, which is there in plain', {
    path: '/live?enableSrtp',
    answer: (answer, { uri }) => (/enableSrtp/.test(uri) ? { status: 461 } : answer),
  }),
  quirk(
    15,
    'encrypted media only',
    {
      sdp: (lines) => `${lines.join('\r\n').replaceAll('RTP/AVP', 'RTP/SAVP')}\r\n`,
    },
    { fails: { code: 'no_playable_track', says: /encrypted \(RTP\/SAVP\)/ } },
  ),
  quirk(16, 'RTSP inside HTTP', { door: 'http' }),
];

export const messageQuirks: readonly Quirk[] = [...auth, ...dialogue];
