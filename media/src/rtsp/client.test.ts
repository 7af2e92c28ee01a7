import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { RtspError } from './errors.ts';
import { CameraSession, decent, SDP } from './testing/camera-session.ts';
import { interleaved, rtpPacket, type ScriptedAnswer } from './testing/scripted-camera.ts';
import { header } from './wire/message.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

const packet = (channel: number, seq: number, size = 40) => interleaved(channel, rtpPacket(seq, size));
const rtp = (track: number, seq: number) => ({ track, kind: 'rtp', seq });
const rtcp = (track: number, seq: number) => ({ track, kind: 'rtcp', seq });

describe('RtspClient', () => {
  it('describes, sets up, plays, sends and tears down', async () => {
    const media = Buffer.concat([packet(0, 7), packet(3, 8), packet(2, 9, 5000)]);
    await using session = await CameraSession.start(new FakeClock(), decent({ PLAY: { behind: media } }));
    const { client, camera } = session;
    const { sdp, baseUrl } = await client.describe();
    expect(sdp.media.map((one) => one.encodingName)).toEqual(['H264', 'PCMU']);
    expect(baseUrl).toBe(`rtsp://127.0.0.1:${camera.port}/live`);
    await client.setup([0, 1]);
    expect(await client.play()).toHaveLength(2);
    await eventually(() => session.packets).toEqual([rtp(0, 7), rtcp(1, 8), rtp(1, 9)]);
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
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind: packet(0, 3) } }),
    );
    await session.client.describe();
    await session.client.setup([1]);
    await session.client.play();
    await eventually(() => session.packets).toEqual([rtp(0, 3)]);
    await expect(session.client.setup([2])).rejects.toThrow(RangeError);
  });

  it('close is idempotent, waits 1 s for the answer to TEARDOWN, and silences the sink', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent({ TEARDOWN: { silent: true } }));
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
    await using session = await CameraSession.start(new FakeClock(), decent({ DESCRIBE: { silent: true } }), {
      signal: stop.signal,
    });
    const describing = session.client.describe();
    await session.camera.until(() => session.asked.includes('DESCRIBE /live'));
    stop.abort(new Error('enough'));
    await expect(describing).rejects.toThrow('enough');
    await session.camera.until(() => session.camera.sockets.size === 0);
    expect(session.lost).toEqual([]);
  });

  it('hands packets over in the shared read buffer, and only a straddling one in another', async () => {
    const readBuffer = Buffer.alloc(65536);
    const buffers = new Map<number, Buffer>();
    const sink = {
      rtp: (_track: number, buffer: Buffer, start: number) =>
        buffers.set(buffer.readUInt32BE(start + 12), buffer),
      rtcp: () => undefined,
    };
    const first = packet(0, 1);
    await using session = await CameraSession.start(new FakeClock(), decent({ PLAY: { behind: first } }), {
      readBuffer,
      sink,
    });
    await session.play();
    await eventually(() => buffers.size).toBe(1);
    const third = packet(0, 3);
    const send = (...parts: Buffer[]) => {
      for (const socket of session.camera.sockets) socket.write(Buffer.concat(parts));
    };
    send(packet(0, 2), third.subarray(0, 20));
    await eventually(() => buffers.size).toBe(2);
    send(third.subarray(20), packet(0, 4));
    await eventually(() => buffers.size).toBe(4);
    expect([2, 3, 4].map((seq) => buffers.get(seq) === readBuffer)).toEqual([true, false, true]);
  });

  it('a broken sink ends this session and nothing else', async () => {
    const sink = {
      rtp: () => {
        throw new Error('no room');
      },
      rtcp: () => undefined,
    };
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind: packet(0, 1) } }),
      { sink },
    );
    await session.play().catch(() => undefined);
    await eventually(() => session.lost).toHaveLength(1);
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
      new FakeClock(),
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
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await using session = await CameraSession.start(
      new FakeClock(),
      decent(),
      {},
      () => `rtsp://127.0.0.1:${port}/live`,
    );
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'refused' });
  });

  it('timeout, when no answer comes', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent({ DESCRIBE: { silent: true } }));
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
    await using session = await CameraSession.start(new FakeClock(), decent(), {
      connect: () => {
        throw denied;
      },
    });
    await expect(session.client.describe()).rejects.toBe(denied);
  });

  it('a lost connection is told once, after play', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent());
    await session.play();
    for (const socket of session.camera.sockets) socket.destroy();
    await eventually(() => session.lost).toHaveLength(1);
    expect(session.lost[0]).toMatchObject({ code: 'closed_by_camera' });
    await session.client.close();
    expect(session.lost).toHaveLength(1);
    expect(session.clock.pending).toBe(0);
  });
});

describe('RTSPS', () => {
  it('reads a TLS socket by its data events', async () => {
    // A shared key in place of certificates.
    const psk = randomBytes(32);
    const suite = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
    const dial = {
      ...suite,
      pskCallback: () => ({ psk, identity: 'test' }),
      checkServerIdentity: () => undefined,
    };
    const front = tls.createServer({ ...suite, pskCallback: () => psk }, (socket) => {
      const inner = net.connect(session.camera.port, '127.0.0.1');
      socket.pipe(inner).pipe(socket);
      socket.on('error', () => inner.destroy());
      inner.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as net.AddressInfo;
    await using session = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind: packet(0, 5) } }),
      {
        connect: ({ host, secure }) =>
          secure ? tls.connect({ host, port, ...dial }) : net.connect(port, host),
      },
      (camera) => `rtsps://127.0.0.1:${camera}/live`,
    );
    const { baseUrl } = await session.client.describe();
    expect(baseUrl).toMatch(/^rtsps:/);
    await session.client.setup([0]);
    await session.client.play();
    await eventually(() => session.packets).toEqual([rtp(0, 5)]);
    await session.client.close();
    await new Promise((resolve) => front.close(resolve));
  });

  it('a server without TLS does not speak RTSPS', async () => {
    await using session = await CameraSession.start(
      new FakeClock(),
      decent(),
      { connect: ({ host, port }) => tls.connect({ host, port, rejectUnauthorized: false }) },
      (camera) => `rtsps://127.0.0.1:${camera}/live`,
    );
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'not_rtsp' });
  });
});

describe('RtspClient redirects', () => {
  it('quirk 11: follows 301 and 302, with credentials on the same host', async () => {
    await using goal = await CameraSession.start(new FakeClock(), decent());
    await using session = await CameraSession.start(
      new FakeClock(),
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
    await using goal = await CameraSession.start(new FakeClock(), decent({ DESCRIBE: challenge }));
    await using session = await CameraSession.start(
      new FakeClock(),
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
    await using session = await CameraSession.start(new FakeClock(), (_request, socket) => {
      return { status: 302, headers: [['Location', `rtsp://127.0.0.1:${socket.localPort}/again`]] };
    });
    await expect(session.client.describe()).rejects.toMatchObject({ code: 'protocol_error' });
    expect(session.targets).toHaveLength(4);
  });

  it('quirk 11: never from RTSPS to RTSP', async () => {
    await using session = await CameraSession.start(
      new FakeClock(),
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
