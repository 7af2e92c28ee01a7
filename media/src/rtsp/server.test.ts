import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { setUp, World } from './testing/server-world.ts';
import { header } from './wire/message.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

const TCP = [['Transport', 'RTP/AVP/TCP;unicast;interleaved=0-1']] as const;

describe('RtspServer with RtspClient', () => {
  it('plays a stream: the cached frames first, numbered as RTP-Info says, without a gap', async () => {
    await using world = await new World(new FakeClock()).start();
    world.published.video(true, 40_000);
    world.published.audio();
    world.published.video(false);
    const { client, packets } = world.player();
    const { sdp } = await client.describe();
    expect(sdp.media.map((media) => media.encodingName)).toEqual(['H264', 'MPEG4-GENERIC']);
    await client.setup([0, 1]);
    const starts = await client.play();
    for (let i = 0; i < 50; i++) world.published.video(i % 25 === 24);
    await eventually(() => packets.filter((packet) => packet.track === 0).length).toBeGreaterThan(200);
    for (const track of [0, 1]) {
      const seqs = packets.filter((packet) => packet.track === track).map((packet) => packet.seq);
      expect(seqs[0]).toBe(starts[track]!.seq);
      expect(seqs).toEqual(seqs.map((_, index) => (seqs[0]! + index) & 0xffff));
    }
    await client.close();
    await eventually(() => world.server.stats().open).toBe(0);
    expect(world.held).toBe(0);
    expect(world.published.sender.viewerCount).toBe(0);
  });

  it('serves many at once; each gets the same packets', async () => {
    await using world = await new World(new FakeClock()).start();
    world.published.video(true);
    const players = Array.from({ length: 20 }, () => world.player());
    await Promise.all(
      players.map(async ({ client }) => {
        await client.describe();
        await client.setup([0]);
        await client.play();
      }),
    );
    expect(world.server.stats()).toMatchObject({ open: 20, playing: 20, sessions: 20 });
    for (let i = 0; i < 10; i++) world.published.video(false);
    await expect
      .poll(() =>
        players.every(({ packets }) => packets.length === players[0]!.packets.length && packets.length >= 44),
      )
      .toBe(true);
    for (const { packets } of players) expect(packets).toEqual(players[0]!.packets);
    await Promise.all(players.map(({ client }) => client.close()));
    await eventually(() => world.held).toBe(0);
  });

  it('the end of the stream closes the viewers', async () => {
    await using world = await new World(new FakeClock()).start();
    const lost: unknown[] = [];
    const { client } = world.player({ onClose: (error) => lost.push(error) });
    await client.describe();
    await client.setup([0]);
    await client.play();
    world.published.stream.end();
    await eventually(() => lost).toMatchObject([{ code: 'closed_by_camera' }]);
    expect(world.held).toBe(0);
  });

  it('disconnects the sessions of an identity that lost its right', async () => {
    await using world = await new World(new FakeClock(), { auth: { verify: async () => true } }).start();
    const players = ['ann', 'bob'].map((username) =>
      world.player({ credentials: { username, password: 'x' } }),
    );
    for (const { client } of players) {
      await client.describe();
      await client.setup([0]);
      await client.play();
    }
    expect(world.server.sessions().map(({ identity, path, playing }) => [identity, path, playing])).toEqual([
      ['ann', 'door', true],
      ['bob', 'door', true],
    ]);
    expect(await world.server.disconnect(({ identity }) => identity === 'ann')).toBe(1);
    await eventually(() => world.server.sessions().map(({ identity }) => identity)).toEqual(['bob']);
    expect(world.held).toBe(1);
  });

  it('close is idempotent and gives everything back', async () => {
    const world = await new World(new FakeClock()).start();
    const { client } = world.player();
    await client.describe();
    await client.setup([0, 1]);
    await client.play();
    await Promise.all([world.server.close(), world.server.close()]);
    expect(world.held).toBe(0);
    expect(world.published.sender.viewerCount).toBe(0);
    expect(world.clock.pending).toBe(0);
    world.published.close();
  });

  it('cannot listen where somebody does', async () => {
    await using world = await new World(new FakeClock()).start();
    await using second = new World(new FakeClock(), { port: world.server.port });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('RtspServer requests', () => {
  it.each<[string, string, string, readonly (readonly [string, string])[], number, string?]>([
    ['OPTIONS *', 'OPTIONS', '*', [], 200],
    ['DESCRIBE', 'DESCRIBE', 'URL', [], 200],
    ['DESCRIBE with slash and query', 'DESCRIBE', 'URL/?x=1', [], 200],
    ['quirk 37: path only', 'DESCRIBE', '/door', [], 200],
    ['quirk 37: doubled slash', 'DESCRIBE', 'rtsp://h:1//door', [], 200],
    ['percent-encoded', 'DESCRIBE', '/d%6For', [], 200],
    ['unknown path', 'DESCRIBE', 'URL2', [], 404],
    ['no path', 'DESCRIBE', 'rtsp://h', [], 404],
    ['no address', 'DESCRIBE', '*', [], 400],
    ['control bytes', 'DESCRIBE', '/do%00or', [], 400],
    ['PAUSE', 'PAUSE', 'URL', [], 405],
    ['RECORD', 'RECORD', 'URL', [], 405],
    ['ANNOUNCE', 'ANNOUNCE', 'URL', [], 405],
    ['an unknown method', 'FLY', 'URL', [], 501],
    ['Require', 'DESCRIBE', 'URL', [['Require', 'www.onvif.org/ver20/backchannel']], 551],
    ['SETUP', 'SETUP', 'URL/trackID=0', TCP, 200],
    ['SETUP behind the query', 'SETUP', 'URL?a=b/trackID=1', TCP, 200],
    ['SETUP before the query', 'SETUP', 'URL/trackID=1?a=b', TCP, 200],
    ['SETUP without a track of two', 'SETUP', 'URL', TCP, 459],
    ['SETUP of a third track', 'SETUP', 'URL/trackID=2', TCP, 404],
    [
      'SETUP over UDP',
      'SETUP',
      'URL/trackID=0',
      [['Transport', 'RTP/AVP;unicast;client_port=5000-5001']],
      461,
    ],
    ['SETUP over multicast', 'SETUP', 'URL/trackID=0', [['Transport', 'RTP/AVP;multicast']], 461],
    [
      'SETUP to record',
      'SETUP',
      'URL/trackID=0',
      [['Transport', 'RTP/AVP/TCP;interleaved=0-1;mode=record']],
      461,
    ],
    ['SETUP without Transport', 'SETUP', 'URL/trackID=0', [], 461],
    [
      'SETUP, UDP or TCP',
      'SETUP',
      'URL/trackID=0',
      [['Transport', 'RTP/AVP;client_port=1-2,RTP/AVP/TCP;interleaved=0-1']],
      200,
    ],
    ['SETUP in a session of somebody', 'SETUP', 'URL/trackID=0', [...TCP, ['Session', 'abc']], 454],
    ['PLAY before SETUP', 'PLAY', 'URL', [], 454],
    ['PLAY in a session of somebody', 'PLAY', 'URL', [['Session', '123']], 454],
    ['TEARDOWN before SETUP', 'TEARDOWN', 'URL', [], 454],
    ['GET_PARAMETER', 'GET_PARAMETER', 'URL', [], 200],
    ['SET_PARAMETER', 'SET_PARAMETER', 'URL', [], 200],
  ])('%s', async (_name, method, uri, headers, status) => {
    await using world = await new World(new FakeClock()).start();
    await using client = world.client();
    const response = await client.request(
      method,
      uri.replace(/^URL2/, world.url.replace('door', 'attic')).replace(/^URL/, world.url),
      headers,
    );
    expect(response.status).toBe(status);
    if (status === 405) expect(header(response.headers, 'allow')).toContain('PLAY');
    await client[Symbol.asyncDispose]();
    await eventually(() => world.held).toBe(0);
  });

  it('quirk 37: without channels, or with other ones, our channels are stated', async () => {
    await using world = await new World(new FakeClock()).start();
    await using client = world.client();
    for (const transport of [
      'RTP/AVP/TCP',
      'RTP/AVP/TCP;unicast;interleaved=8-9',
      'RTP/AVP;interleaved=0-1',
    ]) {
      const { status, headers } = await client.request('SETUP', `${world.url}/trackID=1`, [
        ['Transport', transport],
      ]);
      expect(status).toBe(200);
      expect(header(headers, 'transport')).toMatch(/^RTP\/AVP\/TCP;unicast;interleaved=2-3;ssrc=[0-9A-F]{8}/);
    }
  });

  it('PLAY answers before the media, with RTP-Info of what was set up', async () => {
    await using world = await new World(new FakeClock()).start();
    world.published.video(true);
    await using client = world.client();
    const id = await setUp(client, world.url, [0]);
    const play = await client.request('PLAY', `${world.url}/`, [['Session', id]]);
    expect(header(play.headers, 'rtp-info')).toMatch(
      new RegExp(`^url=${world.url}/trackID=0;seq=\\d+;rtptime=\\d+$`),
    );
    await eventually(() => client.packets.length).toBeGreaterThan(3);
    expect(client.order.indexOf('packet')).toBe(client.order.lastIndexOf('response') + 1);
    world.published.audio();
    world.published.video(false);
    const before = client.packets.length;
    await eventually(() => client.packets.length).toBeGreaterThan(before);
    expect(new Set(client.packets.map(({ channel }) => channel).filter((channel) => channel > 1))).toEqual(
      new Set(),
    );
    expect((await client.request('SETUP', `${world.url}/trackID=1`, [...TCP, ['Session', id]])).status).toBe(
      455,
    );
    expect((await client.request('DESCRIBE', world.url.replace('door', 'attic'))).status).toBe(455);
    expect((await client.request('GET_PARAMETER', world.url, [['Session', id]])).status).toBe(200);
    expect((await client.request('PLAY', world.url, [['Session', id]])).status).toBe(200);
    expect((await client.request('TEARDOWN', world.url, [['Session', id]])).status).toBe(200);
    expect(world.held).toBe(0);
    expect((await client.request('PLAY', world.url, [['Session', id]])).status).toBe(454);
  });

  it('plays and tears down single tracks', async () => {
    await using world = await new World(new FakeClock()).start();
    await using client = world.client();
    const session = [['Session', await setUp(client, world.url)]] as const;
    const play = await client.request('PLAY', `${world.url}/trackID=1`, session);
    expect(header(play.headers, 'rtp-info')).toMatch(/trackID=1;seq=\d+;rtptime=\d+$/);
    world.published.video(true);
    world.published.audio();
    await eventually(() => client.packets.map(({ channel }) => channel)).toContain(2);
    expect(client.packets.map(({ channel }) => channel)).not.toContain(0);
    await client.request('PLAY', `${world.url}/trackID=0`, session);
    world.published.video(true);
    await eventually(() => client.packets.map(({ channel }) => channel)).toContain(0);
    expect((await client.request('TEARDOWN', `${world.url}/trackID=1`, session)).status).toBe(200);
    const audio = client.packets.filter(({ channel }) => channel === 2).length;
    world.published.audio();
    world.published.video(true);
    const total = client.packets.length;
    await eventually(() => client.packets.length).toBeGreaterThan(total);
    expect(client.packets.filter(({ channel }) => channel === 2)).toHaveLength(audio);
    expect(world.held).toBe(1);
    await client.request('TEARDOWN', `${world.url}/trackID=0`, session);
    expect(world.held).toBe(0);
  });

  it('with next-key, sends nothing before the next key frame', async () => {
    await using world = await new World(new FakeClock(), { startAt: 'next-key' }).start();
    world.published.video(true);
    world.published.video(false);
    const { client, packets } = world.player();
    await client.describe();
    await client.setup([0, 1]);
    await client.play();
    world.published.audio();
    world.published.video(false);
    world.published.video(true, 100);
    await eventually(() => packets.length).toBeGreaterThan(0);
    expect(packets[0]!.track).toBe(0);
    expect(packets).toHaveLength(packets.filter(({ track }) => track === 0).length);
    await client.close();
  });

  it('ends a connection that asks for nothing for 60 s, but not one that plays', async () => {
    await using world = await new World(new FakeClock()).start();
    await using idle = world.client();
    await using viewer = world.client();
    await idle.request('DESCRIBE', world.url);
    const id = await setUp(viewer, world.url);
    await viewer.request('PLAY', world.url, [['Session', id]]);
    world.clock.advance(61_000);
    await idle.closed();
    expect((await viewer.request('OPTIONS', '*')).status).toBe(200);
    expect(world.server.stats()).toMatchObject({ open: 1, playing: 1 });
  });
});
