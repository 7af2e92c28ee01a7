import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { ClientAuth } from './auth/client-auth.ts';
import { rtpPacket } from './testing/scripted-camera.ts';
import { setUp, World } from './testing/server-world.ts';
import { header } from './wire/message.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

const BOB = { username: 'bob', password: 's3cret' };
const secret = async (username: string) => (username === 'bob' ? { password: BOB.password } : undefined);
const verify = async (username: string, password: string) => username === 'bob' && password === BOB.password;
const fixed = (size: number) => Buffer.alloc(size, 7);

describe('RtspServer authentication', () => {
  it.each([
    ['digest', { secret }],
    ['Basic', { verify }],
    ['both', { secret, verify }],
  ])('%s: the right password plays, a wrong one and none do not', async (_name, auth) => {
    await using world = await new World(new FakeClock(), { auth }).start();
    const right = world.player({ credentials: BOB });
    await right.client.describe();
    await right.client.setup([0, 1]);
    await right.client.play();
    expect(world.asked).toEqual([['door', 'bob']]);
    for (const credentials of [
      { ...BOB, password: 'guess' },
      { username: 'eve', password: 's3cret' },
      undefined,
    ]) {
      const { client } = world.player({ credentials });
      await expect(client.describe()).rejects.toMatchObject({ code: 'auth_failed' });
      await client.close();
    }
    expect(world.asked).toHaveLength(1);
    expect(world.server.stats().unauthorized).toBe(2);
    await right.client.close();
  });

  it('offers the strongest first and MD5 last, which ffmpeg and live555 take', async () => {
    await using world = await new World(new FakeClock(), { auth: { secret, verify } }).start();
    await using client = world.client();
    const { headers } = await client.request('DESCRIBE', world.url);
    const offered = headers.get('www-authenticate')!;
    expect(offered.map((value) => /^(\w+)|algorithm=([\w-]+)/g[Symbol.match](value))).toEqual([
      ['Digest', 'algorithm=SHA-256'],
      ['Digest'],
      ['Basic'],
    ]);
  });

  it('asks for credentials for every stream, and lets a connection be one identity only', async () => {
    const both = async (username: string) => ({ password: `${username}-pass` });
    await using world = await new World(new FakeClock(), { auth: { secret: both } }).start();
    await using client = world.client();
    const challenge = (await client.request('DESCRIBE', world.url)).headers.get('www-authenticate')!;
    const login = (username: string, method: string, uri: string) => {
      const auth = new ClientAuth({ username, password: `${username}-pass` }, fixed);
      auth.accept(challenge, 0);
      return [['Authorization', auth.header(method, uri)!]] as const;
    };
    expect((await client.request('DESCRIBE', world.url, login('ann', 'DESCRIBE', world.url))).status).toBe(
      200,
    );
    // The session is the connection's, and needs no credentials again; another stream does, and another name never.
    expect((await client.request('GET_PARAMETER', world.url)).status).toBe(200);
    const attic = world.url.replace('door', 'attic');
    expect((await client.request('DESCRIBE', attic)).status).toBe(401);
    expect((await client.request('DESCRIBE', attic, login('bob', 'DESCRIBE', attic))).status).toBe(401);
    expect((await client.request('DESCRIBE', attic, login('ann', 'DESCRIBE', attic))).status).toBe(404);
    expect(world.asked.map(([, identity]) => identity)).toEqual(['ann', 'ann']);
  });

  it('a ticket in the address stands for credentials, on its own path', async () => {
    const ticket = async (path: string, query: string) =>
      path === 'door' && query === 'ticket=abc' ? 'ann' : undefined;
    await using world = await new World(new FakeClock(), { auth: { secret, ticket } }).start();
    await using client = world.client();
    expect((await client.request('DESCRIBE', `${world.url}?ticket=wrong`)).status).toBe(401);
    expect((await client.request('DESCRIBE', `${world.url}?ticket=abc`)).status).toBe(200);
    const id = await setUp(client, world.url);
    expect((await client.request('PLAY', world.url, [['Session', id]])).status).toBe(200);
    expect(world.server.sessions()).toMatchObject([{ identity: 'ann', path: 'door' }]);
  });

  it('Basic is asked with the path, names the identity, and covers requests without an address', async () => {
    const asked: string[] = [];
    const token = async (_username: string, password: string, path: string) => {
      asked.push(path);
      return password === 'token-1' && 'client-1';
    };
    await using world = await new World(new FakeClock(), { auth: { verify: token } }).start();
    await using client = world.client();
    const login = [['Authorization', `Basic ${Buffer.from('any:token-1').toString('base64')}`]] as const;
    expect((await client.request('DESCRIBE', `${world.url}/`, login)).status).toBe(200);
    expect((await client.request('GET_PARAMETER', '*', login)).status).toBe(200);
    expect(asked).toEqual(['door', 'door']);
    expect(world.asked).toEqual([['door', 'client-1']]);
  });

  it('an answer made for another connection is told to be stale', async () => {
    await using world = await new World(new FakeClock(), { auth: { secret } }).start();
    await using first = world.client();
    await using second = world.client();
    const auth = new ClientAuth(BOB, fixed);
    auth.accept((await first.request('DESCRIBE', world.url)).headers.get('www-authenticate')!, 0);
    const headers = [['Authorization', auth.header('DESCRIBE', world.url)!]] as const;
    const replayed = await second.request('DESCRIBE', world.url, headers);
    expect(replayed.status).toBe(401);
    expect(header(replayed.headers, 'www-authenticate')).toContain('stale=true');
    expect(world.server.stats().unauthorized).toBe(0);
  });

  it('five wrong answers end the connection', async () => {
    await using world = await new World(new FakeClock(), { auth: { verify } }).start();
    await using client = world.client();
    const wrong = [['Authorization', 'Basic Ym9iOng=']] as const;
    for (let i = 0; i < 5; i++) expect((await client.request('DESCRIBE', world.url, wrong)).status).toBe(401);
    await client.closed();
    expect(world.server.stats().unauthorized).toBe(5);
  });

  it('an error of ours is 500, and the next request works', async () => {
    const errors: unknown[] = [];
    let broken = true;
    await using world = await new World(new FakeClock(), {
      onError: (error) => errors.push(error),
      resolve: async () => {
        if (broken) throw new Error('no database');
        return undefined;
      },
    }).start();
    await using client = world.client();
    expect((await client.request('DESCRIBE', world.url)).status).toBe(500);
    broken = false;
    expect((await client.request('DESCRIBE', world.url)).status).toBe(404);
    expect(errors.map(String)).toEqual(['Error: no database']);
    expect(world.server.stats().failed).toBe(1);
  });
});

/** Sends raw bytes and resolves with what came back once the server closed, or `quiet` ended the wait. */
function raw(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket: Socket = connect({ host: '127.0.0.1', port }, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(answer));
  });
}

describe('malformed input', () => {
  it.each<[string, string]>([
    ['garbage', '\0\x01\x02'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no CSeq', 'OPTIONS * RTSP/1.0\r\n\r\n'],
    ['CSeq is no number', 'OPTIONS * RTSP/1.0\r\nCSeq: x\r\n\r\n'],
    ['negative length', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -5\r\n\r\n'],
    ['large body', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 65537\r\n\r\n'],
    ['large head', `OPTIONS * RTSP/1.0\r\nX: ${'y'.repeat(20_000)}`],
    ['many header fields', `OPTIONS * RTSP/1.0\r\n${'X: y\r\n'.repeat(300)}\r\n`],
    ['a flood of requests', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(200)],
  ])('%s: 400 and the connection ends', async (_name, text) => {
    await using world = await new World(new FakeClock()).start();
    expect(await raw(world.server.port, Buffer.from(text, 'latin1'))).toContain(
      'RTSP/1.0 400 Bad Request\r\n',
    );
    expect(world.server.stats()).toMatchObject({ failed: 0 });
  });

  it('300 malformed sessions change nothing for a viewer, and a good session works after them', async () => {
    const errors: unknown[] = [];
    await using world = await new World(new FakeClock(), {
      auth: { secret, verify },
      onError: (error) => errors.push(error),
    }).start();
    world.published.video(true);
    const viewer = world.player({ credentials: BOB });
    await viewer.client.describe();
    await viewer.client.setup([0, 1]);
    await viewer.client.play();
    const piece = fc.oneof(
      fc.constantFrom(
        'OPTIONS',
        'DESCRIBE',
        'SETUP',
        'PLAY',
        'TEARDOWN',
        ' /door/trackID=0',
        ' RTSP/1.0\r\n',
        'CSeq: 1\r\n',
        '\r\n',
      ),
      fc.constantFrom(
        'Transport: RTP/AVP/TCP\r\n',
        'Authorization: Digest username="bob"\r\n',
        'Authorization: Basic Ym9iOnMzY3JldA==\r\n',
        'Content-Length: 70000\r\n',
        '$\0\x01\0',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    );
    const good = ['DESCRIBE', 'SETUP', 'PLAY'].map(
      (method) =>
        `${method} /door/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic Ym9iOnMzY3JldA==\r\nTransport: RTP/AVP/TCP\r\n\r\n`,
    );
    const bytes = fc
      .tuple(fc.subarray(good), fc.array(piece, { minLength: 1, maxLength: 15 }))
      .map(([begin, parts]) => Buffer.from([...begin, ...parts].join(''), 'latin1'));
    const sessions = fc.sample(bytes, { seed: 8554, numRuns: 300 });
    for (let at = 0; at < sessions.length; at += 20) {
      await Promise.all(sessions.slice(at, at + 20).map((session) => raw(world.server.port, session)));
      world.published.video(at % 100 === 0);
    }
    expect(errors).toEqual([]);
    expect(world.server.stats()).toMatchObject({ open: 1, playing: 1, failed: 0, skipped: 0 });
    expect(world.held).toBe(1);
    const next = world.player({ credentials: BOB });
    await next.client.describe();
    await next.client.setup([0, 1]);
    await next.client.play();
    world.published.video(true);
    await eventually(() => next.packets.length).toBeGreaterThan(0);
    await eventually(() => viewer.packets.at(-1)?.seq).toBe(next.packets.at(-1)!.seq);
    const seqs = viewer.packets.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0]! + index) & 0xffff));
    await Promise.all([viewer.client.close(), next.client.close()]);
  });

  it('takes RTCP from clients without a word', async () => {
    await using world = await new World(new FakeClock()).start();
    const { client } = world.player();
    await client.describe();
    await client.setup([0]);
    await client.play();
    for (let i = 0; i < 100; i++) client.send(0, 'rtcp', rtpPacket(i));
    await client.close();
    expect(world.server.stats().malformed).toBe(0);
  });

  it('refuses connections over the limit', async () => {
    await using world = await new World(new FakeClock(), { maxConnections: 2 }).start();
    const clients = [world.client(), world.client()];
    for (const client of clients) await client.request('OPTIONS', '*');
    await using third = world.client();
    await third.closed();
    for (const client of clients) {
      expect((await client.request('OPTIONS', '*')).status).toBe(200);
      await client[Symbol.asyncDispose]();
    }
  });
});

describe('a slow viewer', () => {
  const FRAME = 200_000;

  async function stalled(world: World) {
    const client = world.client();
    const id = await setUp(client, world.url, [0]);
    world.published.video(true);
    await client.request('PLAY', world.url, [['Session', id]]);
    client.socket.pause();
    for (let i = 0; i < 500 && world.server.stats().skipped === 0; i++) {
      world.published.video(false, FRAME);
      await new Promise(setImmediate);
    }
    expect(world.server.stats().skipped).toBeGreaterThan(0);
    return client;
  }

  it('is skipped to the next key frame, while others get everything', async () => {
    await using world = await new World(new FakeClock()).start();
    const healthy = world.player();
    await healthy.client.describe();
    await healthy.client.setup([0]);
    await healthy.client.play();
    await using client = await stalled(world);
    const { skipped } = world.server.stats();
    world.published.video(true, 100);
    expect(world.server.stats().skipped).toBe(skipped + 1);
    client.socket.resume();
    const lastHealthy = () => healthy.packets.at(-1)?.seq;
    const last = () => client.packets.at(-1)?.bytes.readUInt16BE(2);
    for (let i = 0; i < 2000 && last() !== lastHealthy(); i++) {
      world.published.video(true, 100);
      await new Promise(setImmediate);
    }
    expect(last()).toBe(lastHealthy());
    const seqs = healthy.packets.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0]! + index) & 0xffff));
    expect(world.server.stats()).toMatchObject({ tooSlow: 0, open: 2 });
    await healthy.client.close();
  });

  it('is closed after 10 s without draining, and counted', async () => {
    await using world = await new World(new FakeClock()).start();
    await using client = await stalled(world);
    world.clock.advance(10_001);
    world.published.video(true);
    await eventually(() => world.server.stats()).toMatchObject({ tooSlow: 1, open: 0, playing: 0 });
    expect(world.server.stats().skipped).toBeGreaterThan(0);
    expect(world.held).toBe(0);
    expect(client.packets.length).toBeGreaterThan(0);
  });

  it('gets the whole GOP cache at the start, over the limit or not', async () => {
    await using world = await new World(new FakeClock()).start();
    world.published.video(true, FRAME);
    for (let i = 0; i < 30; i++) world.published.video(false, FRAME);
    const { client, packets } = world.player();
    await client.describe();
    await client.setup([0]);
    await client.play();
    world.published.video(false, 100);
    const expected = 31 * Math.ceil(FRAME / 1400);
    await eventually(() => packets.length).toBeGreaterThan(expected);
    expect(world.server.stats().skipped).toBe(0);
    await client.close();
  });
});
