import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { parseAuth } from './auth/challenge.ts';
import { digestResponse, digestSecret } from './auth/digest.ts';
import { RtspError } from './errors.ts';
import type { KeepAliveHabit } from './keep-alive.ts';
import { matchRtpInfo } from './rtp-info.ts';
import { CameraSession, decent, SDP } from './testing/camera-session.ts';
import { interleaved, rtpPacket, type Script, type ScriptedAnswer } from './testing/scripted-camera.ts';
import { formatRequest, formatResponse, header, type RtspRequest } from './wire/message.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

const packet = (channel: number, seq: number) => interleaved(channel, rtpPacket(seq, 40));
const rtp = (track: number, seq: number) => ({ track, kind: 'rtp', seq });
const LOGIN = (port: number) => `rtsp://bob:s3cret@127.0.0.1:${port}/live`;

/** Demands digest with the given nonce and challenges, then behaves like a decent camera. */
function guarded(challenges: readonly string[], nonce = () => 'n1'): Script {
  return (request, socket, received) => {
    const refuse: ScriptedAnswer = {
      status: 401,
      headers: challenges.map((value) => ['WWW-Authenticate', value.replace('NONCE', nonce())]),
    };
    return accepted(request, nonce()) ? decent()(request, socket, received) : refuse;
  };
}

function accepted(request: RtspRequest, nonce: string): boolean {
  const value = header(request.headers, 'authorization');
  const [given] = parseAuth(value === undefined ? [] : [value]);
  if (given?.scheme !== 'digest' || given.fields.get('nonce') !== nonce) return false;
  const algorithm = (given.fields.get('algorithm') ?? 'MD5') as 'MD5';
  const ha1 = digestSecret(algorithm, 'bob', 'cam', 's3cret');
  const uri = given.fields.get('uri')!;
  const cnonce = given.fields.get('cnonce') ?? '';
  const qop = given.fields.has('qop') ? { qop: { nc: given.fields.get('nc')!, cnonce } } : {};
  const expected = digestResponse(ha1, {
    algorithm,
    session: false,
    nonce,
    method: request.method,
    uri,
    ...qop,
  });
  return uri === request.uri && given.fields.get('response') === expected;
}

describe('authentication', () => {
  it.each<[string, string[]]>([
    ['quirk 1: Basic and Digest', ['Basic realm="cam"', 'Digest realm="cam", nonce="NONCE"']],
    ['quirk 1: both in one field', ['Basic realm="cam", Digest realm="cam", nonce="NONCE", qop="auth"']],
    ['quirk 2: SHA-256 only', ['Digest realm="cam", nonce="NONCE", algorithm=SHA-256']],
    ['quirk 2: SHA-512-256 only', ['Digest realm="cam", nonce="NONCE", algorithm=SHA-512-256, qop="auth"']],
    [
      'quirk 3: unsupported next to supported',
      [
        'Digest realm="cam", nonce="NONCE", algorithm=SHA3-512',
        'Digest realm="cam", nonce="NONCE", algorithm=MD5',
      ],
    ],
  ])('%s', async (_name, challenges) => {
    await using session = await CameraSession.start(new FakeClock(), guarded(challenges), {}, LOGIN);
    await session.play();
    expect(session.asked.slice(0, 3)).toEqual(['OPTIONS /live', 'OPTIONS /live', 'DESCRIBE /live']);
  });

  it('a wrong password: one try, then a typed error', async () => {
    await using session = await CameraSession.start(
      new FakeClock(),
      guarded(['Digest realm="cam", nonce="NONCE"']),
      {},
      (port) => `rtsp://bob:guess@127.0.0.1:${port}/live`,
    );
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'auth_failed', status: 401 });
    expect(session.asked).toEqual(['OPTIONS /live', 'OPTIONS /live']);
  });

  it('a nonce that goes stale before every request', async () => {
    let count = 0;
    const script: Script = (request, socket, received) => {
      const fresh = accepted(request, `n${count}`);
      if (fresh) return decent()(request, socket, received);
      count++;
      return {
        status: 401,
        headers: [['WWW-Authenticate', `Digest realm="cam", nonce="n${count}", stale=true`]],
      };
    };
    const expiring: Script = (request, socket, received) => {
      const answer = script(request, socket, received);
      if (answer.status !== 401) count += 100;
      return answer;
    };
    await using session = await CameraSession.start(new FakeClock(), expiring, {}, LOGIN);
    await session.play();
    expect(session.asked.filter((line) => line.startsWith('PLAY'))).toHaveLength(2);
  });

  it('quirk 5: a 401 without a challenge says nothing to OPTIONS, and to DESCRIBE what it is', async () => {
    await using open = await CameraSession.start(new FakeClock(), decent({ OPTIONS: { status: 401 } }));
    await open.play();
    const refusing = decent({ DESCRIBE: { status: 401 } });
    await using session = await CameraSession.start(new FakeClock(), refusing, {}, LOGIN);
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'auth_failed', status: 401 });
  });

  it('quirk 5: always says who it is', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent(), { userAgent: 'Nightjar/1' });
    await session.play();
    for (const { headers } of session.camera.requests)
      expect(header(headers, 'user-agent')).toBe('Nightjar/1');
  });
});

describe('messages', () => {
  it('quirk 6: no reason phrase, stray spaces, no CSeq and no Content-Type', async () => {
    const body = `RTSP/1.0 200\nContent-Length : ${SDP.length} \n\n${SDP}`;
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ OPTIONS: { raw: 'RTSP/1.0 200 \r\nCSeq :  1 \r\n\r\n' }, DESCRIBE: { raw: body } }),
    );
    expect((await session.client.describe()).sdp.media).toHaveLength(2);
  });

  it.each([0, 999])('quirk 6: CSeq is %i in every answer', async (cseq) => {
    const stated: Script = (request, socket, received) => {
      const { status = 200, headers = [], body } = decent()(request, socket, received);
      return { raw: formatResponse(status, [['CSeq', String(cseq)], ...headers], body) };
    };
    await using session = await CameraSession.start(new FakeClock(), stated);
    await session.play();
    expect(session.asked.at(-1)).toBe('PLAY /live');
  });

  it('quirk 10: the second way to join a control when the camera does not know the first', async () => {
    const setup: Script = (request, socket, received) => {
      const path = request.uri.replace(/^rtsp:\/\/[^/]*/, '');
      return path.startsWith('/track') ? decent()(request, socket, received) : { status: 404 };
    };
    const body = SDP.replaceAll('control:trackID', 'control:/trackID');
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ DESCRIBE: { body }, SETUP: setup }),
    );
    await session.play();
    expect(session.asked).toContain('SETUP /live/trackID=0');
    expect(session.asked).toContain('SETUP /trackID=0');
  });

  it('quirk 10: session control and Content-Base', async () => {
    const body = `v=0\r\na=control:rtsp://10.0.0.1/live/all\r\n${SDP.slice(5)}`;
    const headers = [['Content-Base', 'rtsp://rtsp://10.0.0.1:554/live/']] as const;
    await using session = await CameraSession.start(new FakeClock(), decent({ DESCRIBE: { body, headers } }));
    await session.play();
    expect(session.asked.slice(2)).toEqual([
      'SETUP /live/all/trackID=0',
      'SETUP /live/all/trackID=1',
      'PLAY /live/all',
    ]);
    for (const { uri } of session.camera.requests) expect(uri).toContain(`127.0.0.1:${session.camera.port}`);
  });

  it('quirk 9: Session with parameters, another id in every answer: the first counts', async () => {
    let count = 0;
    const setup: Script = (request) => {
      const transport = header(request.headers, 'transport')!;
      return {
        headers: [
          ['Transport', transport],
          ['Session', `id${++count} ; timeout=20 ; x=y`],
        ],
      };
    };
    await using session = await CameraSession.start(new FakeClock(), decent({ SETUP: setup }));
    await session.play();
    const ids = session.camera.requests.map(({ headers }) => header(headers, 'session'));
    expect(ids).toEqual([undefined, undefined, undefined, 'id1', 'id1']);
  });

  it('quirk 12: requests of the camera are answered', async () => {
    const request = (method: string) => formatRequest(method, 'rtsp://h/', [['CSeq', '1']]);
    const behind = Buffer.concat([
      packet(0, 1),
      ...['OPTIONS', 'SET_PARAMETER', 'ANNOUNCE'].map(request),
      packet(0, 2),
    ]);
    await using session = await CameraSession.start(new FakeClock(), decent({ PLAY: { behind } }));
    await session.play();
    await session.camera.until(() => session.camera.answers.length === 3);
    expect(session.camera.answers).toEqual([200, 200, 501]);
    expect(session.packets).toEqual([rtp(0, 1), rtp(0, 2)]);
  });

  it('a TEARDOWN of the camera ends the session', async () => {
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind: formatRequest('TEARDOWN', 'rtsp://h/', [['CSeq', '1']]) } }),
    );
    await session.play();
    await eventually(() => session.lost).toMatchObject([{ code: 'closed_by_camera' }]);
  });

  it('a camera that does not like Range is asked without', async () => {
    const play: Script = ({ headers }) => ({ status: headers.has('range') ? 457 : 200 });
    await using session = await CameraSession.start(new FakeClock(), decent({ PLAY: play }));
    await session.play();
    expect(session.asked.filter((line) => line.startsWith('PLAY'))).toHaveLength(2);
  });
});

describe('keep-alive', () => {
  const everySecond = {
    headers: [
      ['Transport', 'RTP/AVP/TCP;interleaved=0-1'],
      ['Session', 'a;timeout=2'],
    ],
  } as const;
  const kept = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'];
  async function after(session: CameraSession, count: number, ms = 1000): Promise<string[]> {
    const before = session.camera.requests.length;
    for (let i = 0; i < count; i++) {
      const wanted = session.camera.requests.length + 1;
      session.clock.advance(ms);
      await session.camera.until(() => session.camera.requests.length >= wanted);
    }
    return session.camera.requests.slice(before).map(({ method }) => method);
  }

  it.each<[string, string, Parameters<typeof decent>[0], string[]]>([
    [
      'quirk 7: OPTIONS when nothing else is offered',
      'OPTIONS, DESCRIBE, SETUP, PLAY',
      {},
      ['OPTIONS', 'OPTIONS'],
    ],
    ['quirk 7: GET_PARAMETER when offered', 'OPTIONS, GET_PARAMETER', {}, ['GET_PARAMETER', 'GET_PARAMETER']],
    [
      'quirk 8: never answered',
      'GET_PARAMETER',
      { GET_PARAMETER: { silent: true } },
      ['GET_PARAMETER', 'GET_PARAMETER'],
    ],
  ])('%s', async (_name, offered, answers, methods) => {
    const options = { headers: [['Public', offered]] } as const;
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ OPTIONS: options, SETUP: everySecond, ...answers }),
    );
    await session.play();
    expect(await after(session, 2)).toEqual(methods);
    expect(session.lost).toEqual([]);
  });

  it.each([400, 405, 454, 501])('quirk 7: refused with %i, the next method', async (status) => {
    const options: Script = (_request, _socket, received) => {
      return received.length === 1 ? { headers: [['Public', 'GET_PARAMETER']] } : { status };
    };
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ OPTIONS: options, GET_PARAMETER: { status }, SETUP: everySecond }),
    );
    await session.play();
    const { requests } = session.camera;
    const before = requests.length;
    session.clock.advance(1000);
    await session.camera.until(() => requests.length === before + 3);
    expect(requests.slice(before).map(({ method }) => method)).toEqual([
      'GET_PARAMETER',
      'OPTIONS',
      'SET_PARAMETER',
    ]);
    expect(await after(session, 2)).toEqual(['SET_PARAMETER', 'SET_PARAMETER']);
  });

  /** A session of a camera that was met before, kept alive for some seconds and then cut off by the camera. */
  async function cutAfter(habit: KeepAliveHabit, answers: Parameters<typeof decent>[0], seconds: number) {
    const options = { headers: [['Public', 'GET_PARAMETER']] } as const;
    const script = decent({ OPTIONS: options, SETUP: everySecond, ...answers });
    await using session = await CameraSession.start(new FakeClock(), script, { keepAlive: habit });
    await session.play();
    const asked = await after(session, seconds);
    for (const socket of session.camera.sockets) socket.destroy();
    await eventually(() => session.lost).toMatchObject([{ code: 'closed_by_camera' }]);
    return [...new Set(asked)];
  }

  it('quirk 7: a session that its keep-alive ended is kept alive in another way the next time', async () => {
    const habit = { skipped: 0, proven: false };
    const ends = { GET_PARAMETER: { raw: '', close: true } };
    expect(await cutAfter(habit, ends, 1)).toEqual(['GET_PARAMETER']);
    expect(await cutAfter(habit, ends, 6)).toEqual(['OPTIONS']);
    // It outlived its timeout: whatever ends it now was something else.
    expect(await cutAfter(habit, ends, 1)).toEqual(['OPTIONS']);
    expect(habit).toEqual({ skipped: 1, proven: true });
  });

  it('quirk 7: methods that are answered and do not count give way to the next, in a ring', async () => {
    const habit = { skipped: 0, proven: false };
    const asked: string[][] = [];
    for (let i = 0; i < 4; i++) asked.push(await cutAfter(habit, {}, 2));
    expect(asked).toEqual([['GET_PARAMETER'], ['OPTIONS'], ['SET_PARAMETER'], ['GET_PARAMETER']]);
  });

  it('quirk 7: media that stops although the connection stands counts as a session lost', async () => {
    const habit = { skipped: 0, proven: false };
    await using session = await CameraSession.start(new FakeClock(), decent({ SETUP: everySecond }), {
      keepAlive: habit,
    });
    await session.play();
    session.client.silent();
    expect(habit.skipped).toBe(0);
    expect(await after(session, 1)).toEqual(['OPTIONS']);
    session.client.silent();
    expect(habit.skipped).toBe(1);
  });

  it('quirk 8: twice per session timeout, at least every 30 s, until closed', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent());
    await session.play();
    expect(await after(session, 1, 30_000)).toEqual(['OPTIONS']);
    const sent = session.camera.requests.at(-1)!;
    expect(header(sent.headers, 'session')).toBe('4711');
    expect(kept).toContain(sent.method);
    await session.client.close();
    expect(session.clock.pending).toBe(0);
  });
});

describe('transport', () => {
  const answer = (transport: string) =>
    ({
      headers: [
        ['Transport', transport],
        ['Session', 'a'],
      ],
    }) as const;
  it.each<[string, string, Buffer]>([
    ['as asked for', 'RTP/AVP/TCP;unicast;interleaved=0-1', packet(0, 5)],
    ['quirk 28: other ids', 'RTP/AVP/TCP;unicast;interleaved=6-7', packet(6, 5)],
    ['quirk 28: single id', 'RTP/AVP/TCP;unicast;interleaved=4', packet(4, 5)],
    ['quirk 28: RTP/AVP for TCP', 'RTP/AVP;unicast;interleaved=0-1', packet(0, 5)],
    ['quirk 28: no ids at all', 'RTP/AVP/TCP;unicast', packet(0, 5)],
    ['quirk 28: no Transport', '', packet(0, 5)],
    [
      'quirk 32: channels never set up',
      'RTP/AVP/TCP;interleaved=0-1',
      Buffer.concat([packet(9, 1), packet(200, 2), packet(0, 5)]),
    ],
    [
      'quirk 34: garbage between',
      'RTP/AVP/TCP;interleaved=0-1',
      Buffer.concat([Buffer.from([1, 2, 3, 0x24, 9]), packet(0, 5)]),
    ],
  ])('%s', async (_name, transport, behind) => {
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ SETUP: answer(transport), PLAY: { behind } }),
    );
    await session.client.describe();
    await session.client.setup([0]);
    await session.client.play();
    await eventually(() => session.packets).toEqual([rtp(0, 5)]);
  });

  it('quirk 28: the same ids for both tracks: the second keeps those asked for', async () => {
    const behind = Buffer.concat([packet(0, 1), packet(2, 2)]);
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ SETUP: answer('RTP/AVP/TCP;interleaved=0-1'), PLAY: { behind } }),
    );
    await session.play();
    await eventually(() => session.packets).toEqual([rtp(0, 1), rtp(1, 2)]);
  });

  it('quirk 32: media before the answer to PLAY is delivered, and counted when it is nobody’s', async () => {
    const play: Script = (_request, socket) => {
      socket.write(Buffer.concat([packet(0, 1), packet(7, 2)]));
      return { behind: packet(0, 3) };
    };
    await using session = await CameraSession.start(new FakeClock(), decent({ PLAY: play }));
    await session.play();
    await eventually(() => session.packets).toEqual([rtp(0, 1), rtp(0, 3)]);
    expect(session.client.strayPackets).toBe(1);
  });

  const URLS = ['rtsp://h/live/trackID=0', 'rtsp://h/live/trackID=1'];
  it.each<[string, string | undefined, (number | undefined)[][]]>([
    [
      'by address',
      'url=rtsp://h/live/trackID=1;seq=9;rtptime=7,url=rtsp://h/live/trackID=0;seq=5',
      [
        [5, undefined],
        [9, 7],
      ],
    ],
    ['relative addresses', 'url=trackID=1;seq=9', [[], [9, undefined]]],
    ['another host', 'url=rtsp://10.0.0.1:554/live/trackID=1;seq=9', [[], [9, undefined]]],
    [
      'by position',
      'url=a;seq=5,url=b;seq=9',
      [
        [5, undefined],
        [9, undefined],
      ],
    ],
    [
      'quirk 31: trailing semicolon, unparsable rtptime',
      'url=a;seq=5;rtptime=x;,url=b;seq=9;',
      [
        [5, undefined],
        [9, undefined],
      ],
    ],
    [
      'quirk 31: invented sequence numbers',
      'url=a;seq=0;rtptime=3,url=b;seq=1;rtptime=4',
      [
        [undefined, 3],
        [undefined, 4],
      ],
    ],
    ['absent', undefined, [[], []]],
  ])('RTP-Info %s', (_name, value, expected) => {
    expect(matchRtpInfo(value, URLS).map(({ seq, rtptime }) => [seq, rtptime])).toEqual(
      expected.map(([seq, rtptime]) => [seq, rtptime]),
    );
  });
});

describe('a hostile camera', () => {
  it('ends in a session or a typed error, whatever it answers', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'RTSP/1.0 200 OK\r\n',
        'CSeq: 3\r\n',
        'Content-Length: 9\r\n',
        '\r\n',
        'Session: x\r\n',
        '$\0\0\x10',
        'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="',
        'Transport: RTP/AVP/TCP;interleaved=',
        SDP,
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    );
    const raw = fc.array(piece, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
    const method = fc.constantFrom('OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY');
    await fc.assert(
      fc.asyncProperty(method, raw, async (at, text) => {
        await using session = await CameraSession.start(
          new FakeClock(),
          decent({ [at]: { raw: text, close: true } }),
          {},
          LOGIN,
        );
        const error: unknown = await session.play().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(RtspError);
      }),
      { seed: 300, numRuns: 300 },
    );
  });
});
