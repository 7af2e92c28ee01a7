import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { World } from '../testing/server-world.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });
const open = (clock = new FakeClock()) => new World(clock, { httpTunnel: true }).start();
const encode = (text: string) => Buffer.from(text).toString('base64');
const GET = 'GET /door HTTP/1.1\r\nx-sessioncookie: c1\r\n\r\n';
const POST = 'POST /door HTTP/1.1\r\nx-sessioncookie: c1\r\nContent-Length: 32767\r\n\r\n';
const OPTIONS = (cseq: number) => encode(`OPTIONS * RTSP/1.0\r\nCSeq: ${cseq}\r\n\r\n`);

/** A bare connection with everything it was sent. */
class Wire implements AsyncDisposable {
  readonly socket: Socket;
  text = '';
  closed = false;

  constructor(world: World, first = '', localAddress = '127.0.0.1') {
    this.socket = connect({ host: '127.0.0.1', port: world.server.port, localAddress });
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.once('close', () => {
      this.closed = true;
    });
    if (first !== '') this.socket.write(first);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await eventually(() => this.closed).toBe(true);
  }
}

describe('RTSP over HTTP at the server', () => {
  it('plays to our client through a tunnel, and both connections go with it', async () => {
    await using world = await open();
    world.published.video(true, 40_000);
    const { client, packets } = world.player({ transport: 'http' });
    await client.describe();
    await client.setup([0, 1]);
    await client.play();
    for (let i = 0; i < 10; i++) world.published.video(false);
    await eventually(() => packets.length).toBeGreaterThan(60);
    expect(world.server.stats()).toMatchObject({ open: 2, playing: 1 });
    await client.close();
    await eventually(() => world.server.stats().open).toBe(0);
    expect(world.held).toBe(0);
  });

  it('heads and base64 cut anywhere, requests padded each on its own, line breaks between', async () => {
    await using world = await open();
    await using get = new Wire(world, GET);
    await eventually(() => get.text).toContain('application/x-rtsp-tunnelled\r\n\r\n');
    await using post = new Wire(world);
    const bytes = `${POST}${OPTIONS(1)}\r\n${OPTIONS(20)}${OPTIONS(300)}`;
    for (const character of bytes) {
      post.socket.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => get.text.match(/CSeq: \d+/g)).toEqual(['CSeq: 1', 'CSeq: 20', 'CSeq: 300']);
    expect(post.text).toBe('');
  });

  it('the POST may end and another one come', async () => {
    await using world = await open();
    await using get = new Wire(world, GET);
    await eventually(() => get.text).toContain('200 OK');
    for (const cseq of [1, 2]) {
      await using post = new Wire(world, POST + OPTIONS(cseq));
      await eventually(() => get.text).toContain(`CSeq: ${cseq}\r\n`);
      post.socket.end();
    }
  });

  it('a silent POST stays as long as its tunnel, not longer', async () => {
    const clock = new FakeClock();
    await using world = await open(clock);
    world.published.video(true);
    const { client } = world.player({ transport: 'http' });
    await client.describe();
    await client.setup([0]);
    await client.play();
    clock.advance(300_000);
    expect(world.server.stats()).toMatchObject({ open: 2, playing: 1 });
    world.published.stream.end();
    await eventually(() => world.server.stats().open).toBeLessThanOrEqual(1);
    clock.advance(62_000);
    await eventually(() => world.server.stats().open).toBe(0);
    await client.close();
  });

  it.each<[string, string, RegExp]>([
    ['GET without a cookie', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.0 400/],
    ['POST without a cookie', 'POST / HTTP/1.1\r\n\r\nAAAA', /^HTTP\/1\.0 400/],
    ['POST of no tunnel', POST.replace('c1', 'c2'), /^HTTP\/1\.0 404/],
    ['another version', GET.replace('HTTP/1.1', 'HTTP/3'), /^HTTP\/1\.0 400/],
    ['a cookie with spaces', GET.replace('c1', 'c 1'), /^HTTP\/1\.0 400/],
    ['a cookie of 200 characters', GET.replace('c1', 'c'.repeat(200)), /^HTTP\/1\.0 400/],
    ['a head without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(2000)}`, /^HTTP\/1\.0 400/],
    ['the cookie of another tunnel', GET, /^HTTP\/1\.0 503/],
    ['no base64', `${POST}{"not": "base64"}`, /^HTTP\/1\.0 400/],
    ['a web page asking first', 'OPTIONS / HTTP/1.1\r\nOrigin: http://x\r\n\r\n', /^RTSP\/1\.0 400/],
  ])('refuses %s', async (_, bytes, answer) => {
    await using world = await open();
    await using get = new Wire(world, GET);
    await eventually(() => get.text).toContain('200 OK');
    await using other = new Wire(world, bytes);
    await eventually(() => other.text).toMatch(answer);
    await eventually(() => other.closed).toBe(true);
    expect(get.closed).toBe(false);
  });

  it('a POST from another address is not let in', async () => {
    await using world = await open();
    await using get = new Wire(world, GET);
    await eventually(() => get.text).toContain('200 OK');
    await using post = new Wire(world, POST + OPTIONS(1), '127.0.0.2');
    await eventually(() => post.text).toMatch(/^HTTP\/1\.0 404/);
    expect(get.text).not.toContain('CSeq');
  });

  it('what is no request inside the base64 ends the tunnel', async () => {
    await using world = await open();
    await using get = new Wire(world, GET);
    await eventually(() => get.text).toContain('200 OK');
    await using post = new Wire(world, POST + encode('\0\x01garbage\r\n\r\n'));
    await eventually(() => get.closed).toBe(true);
    expect(post.text).toBe('');
    expect(world.server.stats().malformed).toBe(1);
  });

  it('is off unless it is asked for; GET_PARAMETER is RTSP all the same', async () => {
    await using plain = await new World(new FakeClock()).start();
    await using get = new Wire(plain, GET);
    await eventually(() => get.text).toMatch(/^RTSP\/1\.0 400/);
    await using world = await open();
    await using client = world.client();
    for (const part of ['G', 'ET', '_PARAMETER * RTSP/1.0\r\nCSeq: 900\r\n\r\n']) client.socket.write(part);
    expect((await client.request('OPTIONS', '*')).status).toBe(200);
  });
});
