import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import type { RtspServerOptions } from '../server.ts';
import { Publications } from '../testing/published.ts';
import { interleaved, rtpPacket } from '../testing/scripted-camera.ts';
import { World } from '../testing/server-world.ts';
import { sendAll } from '../testing/udp-camera.ts';
import type { WireClient } from '../testing/wire-client.ts';
import { openPortPair } from '../transport/port-pair.ts';
import { type HeaderList, header, type RtspResponse } from '../wire/message.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });

const SDP = [
  'v=0',
  's=publisher',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:streamid=0',
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/48000/2',
  'a=control:streamid=1',
  '',
].join('\r\n');
const DESCRIBED = [['Content-Type', 'application/sdp']] as const;

class PublishWorld extends World {
  readonly publications: Publications;

  constructor(clock: FakeClock, more: Partial<RtspServerOptions> = {}) {
    const publications = new Publications();
    super(clock, { publish: publications.publish, ...more });
    this.publications = publications;
  }

  get inbox(): string {
    return `rtsp://127.0.0.1:${this.server.port}/studio/main`;
  }
}

const announce = (client: WireClient, url: string, headers: HeaderList = []): Promise<RtspResponse> =>
  client.request('ANNOUNCE', url, [...DESCRIBED, ...headers], SDP);

const tcp = (channels: string) =>
  [['Transport', `RTP/AVP/TCP;unicast;interleaved=${channels};mode=record`]] as const;

/** Announces, sets both tracks up over TCP and records. */
async function publish(client: WireClient, url: string): Promise<void> {
  expect((await announce(client, url)).status).toBe(200);
  expect((await client.request('SETUP', `${url}/streamid=0`, tcp('0-1'))).status).toBe(200);
  expect((await client.request('SETUP', `${url}/streamid=1`, tcp('2-3'))).status).toBe(200);
  expect((await client.request('RECORD', url)).status).toBe(200);
}

describe('publishing over TCP', () => {
  it('ANNOUNCE, SETUP, RECORD: packets of each section reach the sink under its track index', async () => {
    await using world = await new PublishWorld(new FakeClock()).start();
    const { publications } = world;
    await using client = world.client();
    expect(header((await client.request('OPTIONS', '*')).headers, 'public')).toContain('ANNOUNCE, RECORD');
    await publish(client, world.inbox);
    expect(publications.asked).toMatchObject([{ path: 'studio/main', identity: undefined, key: undefined }]);
    expect(publications.asked[0]!.sdp.media.map((media) => media.encodingName)).toEqual([
      'H264',
      'MPEG4-GENERIC',
    ]);
    expect(publications.recorded).toEqual([[0, 1]]);
    client.socket.write(
      Buffer.concat([
        interleaved(0, rtpPacket(5)),
        interleaved(2, rtpPacket(6)),
        interleaved(3, Buffer.alloc(8)),
        interleaved(9, rtpPacket(7)),
      ]),
    );
    await eventually(() => publications.rtcp).toEqual([1]);
    expect(publications.packets).toEqual([
      { track: 0, seq: 5 },
      { track: 1, seq: 6 },
    ]);
    expect(world.server.sessions()).toMatchObject([{ mode: 'record', playing: true, received: 2 }]);
    expect(world.server.stats()).toMatchObject({ recording: 1, playing: 0, sessions: 1 });
    expect((await client.request('TEARDOWN', world.inbox)).status).toBe(200);
    expect(publications.closed).toBe(1);
    expect(world.clock.pending).toBe(1);
  });

  it('other channels than ours, and only the sections of use', async () => {
    await using world = await new PublishWorld(new FakeClock()).start();
    const { publications } = world;
    publications.media = [1];
    await using client = world.client();
    await announce(client, world.inbox);
    const first = await client.request('SETUP', `${world.inbox}/streamid=0`, tcp('4-5'));
    expect(header(first.headers, 'transport')).toBe('RTP/AVP/TCP;unicast;interleaved=4-5;mode=record');
    await client.request('SETUP', `${world.inbox}/streamid=1`, tcp('6-7'));
    await client.request('RECORD', world.inbox);
    expect(publications.recorded).toEqual([[1]]);
    client.socket.write(Buffer.concat([interleaved(4, rtpPacket(1)), interleaved(6, rtpPacket(2))]));
    await eventually(() => publications.packets).toEqual([{ track: 0, seq: 2 }]);
  });

  it('a key behind which the track stands, as ffmpeg writes it', async () => {
    await using world = await new PublishWorld(new FakeClock()).start();
    await using client = world.client();
    const url = `${world.inbox}?key=a%26b%3D`;
    await publish(client, url);
    expect(world.publications.asked).toMatchObject([{ path: 'studio/main', key: 'a&b=' }]);
  });

  it('a lost connection closes the publication', async () => {
    await using world = await new PublishWorld(new FakeClock()).start();
    const client = world.client();
    await publish(client, world.inbox);
    client.socket.destroy();
    await eventually(() => world.publications.closed).toBe(1);
    expect(world.server.stats().open).toBe(0);
  });

  it('60 s without a packet end it', async () => {
    const clock = new FakeClock();
    await using world = await new PublishWorld(clock).start();
    await using client = world.client();
    await publish(client, world.inbox);
    clock.advance(59_000);
    expect(world.publications.closed).toBe(0);
    clock.advance(3000);
    expect(world.publications.closed).toBe(1);
    await client.closed();
  });
});

describe('states of a publisher', () => {
  type Step = readonly [method: string, suffix: string, headers: HeaderList, status: number];
  const ANNOUNCE: Step = ['ANNOUNCE', '', DESCRIBED, 200];
  const SETUP: Step = ['SETUP', '/streamid=0', tcp('0-1'), 200];
  it.each<[string, Step[]]>([
    ['RECORD comes behind SETUP', [ANNOUNCE, ['RECORD', '', [], 455]]],
    ['RECORD comes behind ANNOUNCE', [['RECORD', '', [], 455]]],
    ['ANNOUNCE comes once', [ANNOUNCE, ['ANNOUNCE', '', DESCRIBED, 455]]],
    ['RECORD comes once', [ANNOUNCE, SETUP, ['RECORD', '', [], 200], ['RECORD', '', [], 455]]],
    [
      'no SETUP while recording',
      [ANNOUNCE, SETUP, ['RECORD', '', [], 200], ['SETUP', '/streamid=1', tcp('2-3'), 455]],
    ],
    ['a section is set up once', [ANNOUNCE, SETUP, ['SETUP', '/streamid=0', tcp('2-3'), 455]]],
    ['an unknown section', [ANNOUNCE, ['SETUP', '/streamid=7', tcp('0-1'), 404]]],
    ['another path', [ANNOUNCE, ['SETUP', '2/streamid=0', tcp('0-1'), 455]]],
    ['no PLAY', [ANNOUNCE, SETUP, ['PLAY', '', [], 455]]],
    ['no DESCRIBE', [ANNOUNCE, ['DESCRIBE', '', [], 455]]],
    ['multicast', [ANNOUNCE, ['SETUP', '/streamid=0', [['Transport', 'RTP/AVP;multicast']], 461]]],
    [
      'UDP where there is none',
      [ANNOUNCE, ['SETUP', '/streamid=0', [['Transport', 'RTP/AVP;client_port=5000']], 461]],
    ],
    ['another session', [ANNOUNCE, ['RECORD', '', [['Session', 'beef']], 454]]],
    ['Require', [['ANNOUNCE', '', [['Require', 'com.example.x']], 551]]],
  ])('%s', async (_, steps) => {
    await using world = await new PublishWorld(new FakeClock()).start();
    await using client = world.client();
    for (const [method, suffix, headers, expected] of steps) {
      const body = method === 'ANNOUNCE' ? SDP : '';
      const answer = await client.request(method, world.inbox + suffix, headers, body);
      expect(`${method} ${answer.status}`).toBe(`${method} ${expected}`);
    }
  });

  it.each([
    ['an empty description', ''],
    ['one without media', 'v=0\r\ns=x\r\n'],
    ['one with 17 sections', 'm=video 0 RTP/AVP 96\r\n'.repeat(17)],
    ['garbage', '\xff\xfe'.repeat(1000)],
  ])('ANNOUNCE with %s is 400', async (_, body) => {
    await using world = await new PublishWorld(new FakeClock()).start();
    await using client = world.client();
    expect((await client.request('ANNOUNCE', world.inbox, DESCRIBED, body)).status).toBe(400);
    expect(world.publications.asked).toEqual([]);
  });

  it('nothing of use announced is 415, and the publication is closed', async () => {
    await using world = await new PublishWorld(new FakeClock()).start();
    world.publications.media = [];
    await using client = world.client();
    expect((await announce(client, world.inbox)).status).toBe(415);
    expect(world.publications.closed).toBe(1);
  });

  it('where nobody may publish, ANNOUNCE and RECORD are 405', async () => {
    await using world = await new World(new FakeClock()).start();
    await using client = world.client();
    expect((await announce(client, world.url)).status).toBe(405);
    expect((await client.request('RECORD', world.url)).status).toBe(405);
  });
});

describe('who may publish', () => {
  const verify = async (_username: string, password: string) => password === 'right' && 'ann';
  const basic = (password: string) => {
    return [['Authorization', `Basic ${Buffer.from(`x:${password}`).toString('base64')}`]] as const;
  };

  it('by credentials: 401, then the identity is passed on; 403 for one who may not', async () => {
    await using world = await new PublishWorld(new FakeClock(), { auth: { verify } }).start();
    await using client = world.client();
    expect((await announce(client, world.inbox)).status).toBe(401);
    expect((await announce(client, world.inbox, basic('wrong'))).status).toBe(401);
    expect(world.publications.asked).toEqual([]);
    world.publications.admit = () => false;
    expect((await announce(client, world.inbox, basic('right'))).status).toBe(403);
    world.publications.admit = (_key, identity) => identity === 'ann';
    expect((await announce(client, world.inbox, basic('right'))).status).toBe(200);
  });

  it('by key, without credentials; a wrong key counts as a wrong password', async () => {
    await using world = await new PublishWorld(new FakeClock(), { auth: { verify } }).start();
    world.publications.admit = (key) => key === 'k1';
    await using good = world.client();
    await publish(good, `${world.inbox}?key=k1`);
    await using bad = world.client();
    for (let i = 0; i < 5; i++)
      expect((await announce(bad, `${world.inbox}?key=k${i + 2}`)).status).toBe(401);
    await bad.closed();
    expect(world.server.stats()).toMatchObject({ unauthorized: 5, recording: 1 });
  });

  it('a key opens nothing but publishing', async () => {
    await using world = await new PublishWorld(new FakeClock(), { auth: { verify } }).start();
    await using client = world.client();
    expect((await client.request('DESCRIBE', `${world.url}?key=k1`)).status).toBe(401);
    expect((await client.request('SETUP', `${world.url}/trackID=0?key=k1`, tcp('0-1'))).status).toBe(401);
  });
});

describe('two publishers of one path', () => {
  it.each<[RtspServerOptions['replace'], number, number]>([
    ['never', 50_000, 503],
    ['silent', 4000, 503],
    ['silent', 5000, 200],
    ['always', 0, 200],
  ])('%s, the first silent for %i ms: %i', async (replace, silent, status) => {
    const clock = new FakeClock();
    await using world = await new PublishWorld(clock, { replace: replace! }).start();
    await using first = world.client();
    await publish(first, world.inbox);
    clock.advance(silent);
    await using second = world.client();
    expect((await announce(second, world.inbox)).status).toBe(status);
    expect(world.publications.closed).toBe(1);
    if (status === 200) await first.closed();
    else expect((await first.request('OPTIONS', '*')).status).toBe(200);
    expect(world.server.sessions()).toHaveLength(1);
  });

  it('after the first one left, the path is free', async () => {
    await using world = await new PublishWorld(new FakeClock(), { replace: 'never' }).start();
    for (let i = 0; i < 3; i++) {
      await using client = world.client();
      await publish(client, world.inbox);
      await client.request('TEARDOWN', world.inbox);
    }
    expect(world.publications.closed).toBe(3);
  });
});

describe('publishing over UDP', () => {
  async function start(clock: FakeClock) {
    const world = await new PublishWorld(clock, { udpPort: 0 }).start();
    const pair = await openPortPair(() => createSocket('udp4'), '127.0.0.1');
    const client = world.client();
    await announce(client, world.inbox);
    const transport = `RTP/AVP/UDP;unicast;client_port=${pair.ports.join('-')};mode=record`;
    const set = await client.request('SETUP', `${world.inbox}/streamid=0`, [['Transport', transport]]);
    expect(set.status).toBe(200);
    const ports = /server_port=(\d+)-(\d+)/.exec(header(set.headers, 'transport')!)!.slice(1).map(Number);
    expect((await client.request('RECORD', world.inbox)).status).toBe(200);
    return {
      world,
      pair,
      client,
      rtpPort: ports[0]!,
      publications: world.publications,
      [Symbol.asyncDispose]: async () => {
        await client[Symbol.asyncDispose]();
        await world[Symbol.asyncDispose]();
        await pair.close();
      },
    };
  }

  it('packets of the publisher come in order, those of others not at all, and reports go back', async () => {
    const clock = new FakeClock();
    await using session = await start(clock);
    const { pair, rtpPort, publications, world } = session;
    const reports: Buffer[] = [];
    pair.rtcp.on('message', (packet) => reports.push(packet));
    await sendAll(pair.rtp, rtpPort, [rtpPacket(1), rtpPacket(3), rtpPacket(2)]);
    const stranger = createSocket('udp4');
    await sendAll(stranger, rtpPort, [rtpPacket(4), Buffer.from('garbage')]);
    stranger.close();
    await sendAll(pair.rtp, rtpPort, [Buffer.from('garbage'), rtpPacket(4, 10_000)]);
    await eventually(() => publications.packets.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(world.server.stats().strayDatagrams).toBe(2);
    clock.advance(5000);
    await eventually(() => reports.map((packet) => packet.readUInt32BE(16))).toEqual([4]);
  });

  it('10 s without a packet end it', async () => {
    const clock = new FakeClock();
    await using session = await start(clock);
    clock.advance(10_000);
    expect(session.publications.closed).toBe(0);
    clock.advance(2000);
    expect(session.publications.closed).toBe(1);
    expect(clock.pending).toBe(1);
  });

  it('a flood of strangers changes nothing', async () => {
    await using session = await start(new FakeClock());
    const { pair, rtpPort, publications } = session;
    const stranger = createSocket('udp4');
    for (let i = 0; i < 20; i++) {
      await sendAll(
        stranger,
        rtpPort,
        Array.from({ length: 100 }, (_, n) => rtpPacket(1000 + n, 1400)),
      );
      await sendAll(pair.rtp, rtpPort, [rtpPacket(i + 1)]);
      await eventually(() => publications.packets.length).toBe(i + 1);
    }
    stranger.close();
    expect(publications.packets.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});
