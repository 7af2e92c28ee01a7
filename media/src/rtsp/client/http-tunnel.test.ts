import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { CameraSession, decent } from '../testing/camera-session.ts';
import { interleaved, rtpPacket } from '../testing/scripted-camera.ts';
import { type TunnelOptions, TunnelServer } from '../testing/tunnel-server.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });

/** A session through a tunnel in front of its camera. */
class TunnelSession implements AsyncDisposable {
  readonly tunnel: TunnelServer;
  readonly session: CameraSession;

  private constructor(tunnel: TunnelServer, session: CameraSession) {
    this.tunnel = tunnel;
    this.session = session;
  }

  static async start(options: TunnelOptions = {}, user = ''): Promise<TunnelSession> {
    const behind = interleaved(0, rtpPacket(7));
    let port = 0;
    const session = await CameraSession.start(
      new FakeClock(),
      decent({ PLAY: { behind } }),
      {
        transport: 'http',
        connect: ({ host }, onread) => connect({ host, port, onread }),
      },
      () => `rtsp://${user}127.0.0.1:80/live?ch=1`,
    );
    const tunnel = await new TunnelServer(session.camera.port, options).start();
    port = tunnel.port;
    return new TunnelSession(tunnel, session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.tunnel[Symbol.asyncDispose]();
  }
}

describe('quirk 16: RTSP over HTTP', () => {
  it('one GET and one POST with one cookie carry a whole session', async () => {
    await using tunnelled = await TunnelSession.start();
    const { session, tunnel } = tunnelled;
    await session.play();
    await eventually(() => session.packets).toEqual([{ track: 0, kind: 'rtp', seq: 7 }]);
    expect(session.client.send(0, 'rtcp', Buffer.from('report'))).toBe(true);
    await session.camera.until(() => session.camera.packets.length === 1);
    const transports = session.camera.requests.flatMap(({ headers }) => headers.get('transport') ?? []);
    expect(transports[0]).toContain('interleaved=0-1');
    await session.client.close();
    expect(session.asked.at(-1)).toMatch(/^TEARDOWN/);
    await eventually(() => tunnel.open).toBe(0);
    expect(tunnel.heads).toHaveLength(2);
    const [get, post] = tunnel.heads;
    expect(get).toMatch(/^GET \/live\?ch=1 HTTP\/1\.0\r\n/);
    expect(get).toContain('Accept: application/x-rtsp-tunnelled');
    expect(post).toMatch(/^POST \/live\?ch=1 HTTP\/1\.0\r\n/);
    const cookie = (head: string) => /x-sessioncookie: ([0-9a-f]{32})/.exec(head)?.[1];
    expect(cookie(get!)).toBeDefined();
    expect(cookie(get!)).toBe(cookie(post!));
    expect(session.clock.pending).toBe(0);
  });

  it('a camera that ends the POST after each request gets a new one for the next', async () => {
    await using tunnelled = await TunnelSession.start({ endPosts: true });
    await tunnelled.session.play();
    await eventually(() => tunnelled.session.packets.length).toBe(1);
    expect(tunnelled.tunnel.heads.filter((head) => head.startsWith('POST')).length).toBeGreaterThanOrEqual(4);
  });

  it('a new POST begins before the length of the old one is used up', async () => {
    await using tunnelled = await TunnelSession.start();
    const { session, tunnel } = tunnelled;
    await session.play();
    for (let i = 0; i < 30; i++) session.client.send(0, 'rtcp', Buffer.alloc(1500, i));
    await session.camera.until(() => session.camera.packets.length === 30);
    expect(session.camera.packets.map(({ bytes }) => bytes[0]!).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
    expect(tunnel.heads.filter((head) => head.startsWith('POST'))).toHaveLength(2);
  });

  it('the HTTP door may ask for credentials of its own', async () => {
    const answer = (head: string) =>
      /Authorization: Digest username="bob"/.test(head)
        ? undefined
        : 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="cam", nonce="n1", qop="auth"\r\n\r\n';
    await using tunnelled = await TunnelSession.start({ answer }, 'bob:s3cret@');
    await tunnelled.session.play();
    await eventually(() => tunnelled.session.packets.length).toBe(1);
    expect(tunnelled.tunnel.heads.map((head) => head.split(' ')[0])).toEqual(['GET', 'GET', 'POST']);
  });

  it.each<[string, string, object]>([
    ['wrong credentials', 'HTTP/1.0 401 No\r\n\r\n', { code: 'auth_failed', status: 401 }],
    [
      'no tunnel here',
      'HTTP/1.0 404 Not Found\r\n\r\n',
      { code: 'protocol_error', status: 404, transport: 'http' },
    ],
    ['an RTSP server', 'RTSP/1.0 400 Bad Request\r\n\r\n', { code: 'not_rtsp' }],
    ['a head without end', `HTTP/1.0 200${'x'.repeat(20_000)}`, { code: 'not_rtsp' }],
    ['something else', 'SSH-2.0-x\r\n\r\n', { code: 'not_rtsp' }],
  ])('%s: fails and says why', async (_, head, error) => {
    await using tunnelled = await TunnelSession.start({ answer: () => head });
    await expect(tunnelled.session.play()).rejects.toMatchObject(error);
    await eventually(() => tunnelled.tunnel.open).toBe(0);
  });

  it('the end of the GET is the end of the session', async () => {
    await using tunnelled = await TunnelSession.start();
    await tunnelled.session.play();
    for (const socket of tunnelled.session.camera.sockets) socket.destroy();
    await eventually(() => tunnelled.session.lost).toMatchObject([{ code: 'closed_by_camera' }]);
    await eventually(() => tunnelled.tunnel.open).toBe(0);
  });
});
