import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RtspError } from './errors.ts';
import { CameraSession, decent, SDP } from './testing/camera-session.ts';
import { interleaved, rtpPacket, type ScriptedAnswer } from './testing/scripted-camera.ts';
import { header } from './wire/message.ts';

const packet = (channel: number, seq: number, size = 40) => interleaved(channel, rtpPacket(seq, size));
const rtp = (track: number, seq: number) => ({ track, kind: 'rtp', seq });
const rtcp = (track: number, seq: number) => ({ track, kind: 'rtcp', seq });

describe('RtspClient', () => {
  it('describes, sets up, plays, sends and tears down', async () => {
    const media = Buffer.concat([packet(0, 7), packet(3, 8), packet(2, 9, 5000)]);
    await using session = await CameraSession.start(decent({ PLAY: { behind: media } }));
    const { client, camera } = session;
    const { sdp, baseUrl } = await client.describe();
    expect(sdp.media.map((one) => one.encodingName)).toEqual(['H264', 'PCMU']);
    expect(baseUrl).toBe(`rtsp://127.0.0.1:${camera.port}/live`);
    await client.setup([0, 1]);
    expect(await client.play()).toHaveLength(2);
    await expect.poll(() => session.packets).toEqual([rtp(0, 7), rtcp(1, 8), rtp(1, 9)]);
    expect(client.send(1, 'rtcp', Buffer.from('report'))).toBe(true);
    expect(client.send(2, 'rtcp', Buffer.from('report'))).toBe(false);
    await camera.until(() => camera.packets.length === 1);
    expect(camera.packets).toEqual([{ channel: 3, bytes: Buffer.from('report') }]);
    await client.close();
    await camera.until(() => camera.sockets.size === 0);
    expect(session.asked).toEqual([
      'OPTIONS /live',
      'DESCRIBE /live',
      'SETUP /live/trackID=0',
      'SETUP /live/trackID=1',
      'PLAY /live',
      'TEARDOWN /live',
    ]);
    expect(session.lost).toEqual([]);
    expect(session.clock.pending).toBe(0);
  });

  it('sets up a choice of the sections: the track index is the position in the choice', async () => {
    await using session = await CameraSession.start(decent({ PLAY: { behind: packet(0, 3) } }));
    await session.client.describe();
    await session.client.setup([1]);
    await session.client.play();
    await expect.poll(() => session.packets).toEqual([rtp(0, 3)]);
    await expect(session.client.setup([2])).rejects.toThrow(RangeError);
  });

  it('close is idempotent, waits 1 s for the answer to TEARDOWN, and silences the sink', async () => {
    await using session = await CameraSession.start(decent({ TEARDOWN: { silent: true } }));
    await session.play();
    const closing = session.client.close();
    await session.camera.until(() => session.asked.includes('TEARDOWN /live'));
    for (const socket of session.camera.sockets) socket.write(packet(0, 1));
    expect(session.client.close()).toBe(closing);
    session.clock.advance(1000);
    await closing;
    expect(session.packets).toEqual([]);
    expect(session.client.send(0, 'rtcp', Buffer.alloc(8))).toBe(false);
    await expect(session.client.describe()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('an aborted signal closes and rejects what waits with its reason', async () => {
    const stop = new AbortController();
    await using session = await CameraSession.start(decent({ DESCRIBE: { silent: true } }), {
      signal: stop.signal,
    });
    const describing = session.client.describe();
    await session.camera.until(() => session.asked.includes('DESCRIBE /live'));
    stop.abort(new Error('enough'));
    await expect(describing).rejects.toThrow('enough');
    await session.camera.until(() => session.camera.sockets.size === 0);
    expect(session.lost).toEqual([]);
  });

  it('a broken sink ends this session and nothing else', async () => {
    const sink = {
      rtp: () => {
        throw new Error('no room');
      },
      rtcp: () => undefined,
    };
    await using session = await CameraSession.start(decent({ PLAY: { behind: packet(0, 1) } }), { sink });
    await session.play().catch(() => undefined);
    await expect.poll(() => session.lost).toHaveLength(1);
    expect(String(session.lost[0])).toContain('no room');
  });
});

describe('RtspClient errors', () => {
  const status = (code: number): ScriptedAnswer => ({ status: code });
  it.each<[string, Parameters<typeof decent>[0], string, number | undefined]>([
    ['404', { DESCRIBE: status(404) }, 'not_found', 404],
    ['403', { DESCRIBE: status(403) }, 'auth_failed', 403],
    ['401 without credentials', { DESCRIBE: status(401) }, 'auth_failed', 401],
    ['quirk 14: 453', { SETUP: status(453) }, 'refused', 453],
    ['503', { PLAY: status(503) }, 'refused', 503],
    ['461', { SETUP: status(461) }, 'protocol_error', 461],
    ['500', { PLAY: status(500) }, 'protocol_error', 500],
    ['404 for a track', { SETUP: status(404) }, 'not_found', 404],
    ['empty description', { DESCRIBE: {} }, 'no_playable_track', undefined],
    ['description without media', { DESCRIBE: { body: 'v=0\r\n' } }, 'no_playable_track', undefined],
    ['HTTP', { OPTIONS: { raw: 'HTTP/1.1 400 Bad Request\r\n\r\n' } }, 'not_rtsp', undefined],
    ['hang-up', { DESCRIBE: { raw: '', close: true } }, 'closed_by_camera', undefined],
    [
      'UDP answered',
      { SETUP: { headers: [['Transport', 'RTP/AVP;unicast;client_port=1-2;server_port=3-4']] } },
      'protocol_error',
      undefined,
    ],
    ['redirect without an address', { DESCRIBE: status(302) }, 'protocol_error', 302],
    [
      'endless body',
      { DESCRIBE: { raw: 'RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n' } },
      'protocol_error',
      undefined,
    ],
  ])('%s', async (_name, answers, code, answered) => {
    await using session = await CameraSession.start(
      decent(answers),
      {},
      (port) => `rtsp://u:s3cret@127.0.0.1:${port}/live`,
    );
    const error: unknown = await session.play().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RtspError);
    expect(error).toMatchObject({ code, status: answered });
    const { message } = error as RtspError;
    expect(message).toContain(`127.0.0.1:${session.camera.port}`);
    expect(message).not.toContain('s3cret');
  });

  it('refused, when nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await using session = await CameraSession.start(decent(), {}, () => `rtsp://127.0.0.1:${port}/live`);
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'refused' });
  });

  it('timeout, when no answer comes', async () => {
    await using session = await CameraSession.start(decent({ DESCRIBE: { silent: true } }));
    const describing = session.client.describe();
    const refused = expect(describing).rejects.toMatchObject({ code: 'timeout' });
    await session.camera.until(() => session.asked.includes('DESCRIBE /live'));
    session.clock.advance(9_999);
    expect(session.lost).toEqual([]);
    session.clock.advance(1);
    await refused;
    expect(session.lost).toHaveLength(1);
  });

  it('what the opener throws is passed on', async () => {
    const denied = new Error('target denied');
    await using session = await CameraSession.start(decent(), {
      connect: () => {
        throw denied;
      },
    });
    await expect(session.client.describe()).rejects.toBe(denied);
  });

  it('a lost connection is told once, after play', async () => {
    await using session = await CameraSession.start(decent());
    await session.play();
    for (const socket of session.camera.sockets) socket.destroy();
    await expect.poll(() => session.lost).toHaveLength(1);
    expect(session.lost[0]).toMatchObject({ code: 'closed_by_camera' });
    await session.client.close();
    expect(session.lost).toHaveLength(1);
    expect(session.clock.pending).toBe(0);
  });
});

describe('RtspClient redirects', () => {
  it('quirk 11: follows 301 and 302, with credentials on the same host', async () => {
    await using goal = await CameraSession.start(decent());
    await using session = await CameraSession.start(
      decent({
        DESCRIBE: { status: 302, headers: [['Location', `rtsp://127.0.0.1:${goal.camera.port}/new`]] },
      }),
    );
    const { baseUrl } = await session.client.describe();
    expect(baseUrl).toBe(`rtsp://127.0.0.1:${goal.camera.port}/new`);
    await session.client.setup([0]);
    await session.camera.until(() => session.camera.sockets.size === 0);
    expect(goal.asked).toEqual(['OPTIONS /new', 'DESCRIBE /new', 'SETUP /new/trackID=0']);
    expect(session.lost).toEqual([]);
  });

  it('quirk 11: credentials never follow to another host', async () => {
    const challenge = { status: 401, headers: [['WWW-Authenticate', 'Basic realm="x"']] } as const;
    await using goal = await CameraSession.start(decent({ DESCRIBE: challenge }));
    await using session = await CameraSession.start(
      decent({
        OPTIONS: { status: 301, headers: [['Location', `rtsp://evil:x@elsewhere:${goal.camera.port}/new`]] },
      }),
      {},
      (port) => `rtsp://bob:s3cret@127.0.0.1:${port}/live`,
    );
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'auth_failed' });
    expect(session.targets.at(-1)).toBe(`rtsp://elsewhere:${goal.camera.port}`);
    for (const request of goal.camera.requests)
      expect(header(request.headers, 'authorization')).toBeUndefined();
  });

  it('gives up after three', async () => {
    await using session = await CameraSession.start((_request, socket) => {
      return { status: 302, headers: [['Location', `rtsp://127.0.0.1:${socket.localPort}/again`]] };
    });
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'protocol_error' });
    expect(session.targets).toHaveLength(4);
  });

  it('quirk 11: never from RTSPS to RTSP', async () => {
    await using session = await CameraSession.start(
      decent({ OPTIONS: { status: 302, headers: [['Location', 'rtsp://127.0.0.1/x']] } }),
      {},
      (port) => `rtsps://127.0.0.1:${port}/live`,
    );
    await expect(session.client.describe()).rejects.toMatchObject({
      code: 'protocol_error',
      message: expect.stringContaining('from RTSPS to RTSP'),
    });
    expect(session.targets).toHaveLength(1);
  });
});

it('the description used in these tests has two sections', () => {
  expect(SDP.match(/^m=/gm)).toHaveLength(2);
});
