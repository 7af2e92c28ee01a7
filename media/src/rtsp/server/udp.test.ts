import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { World } from '../testing/server-world.ts';
import { sendAll } from '../testing/udp-camera.ts';
import type { WireClient } from '../testing/wire-client.ts';
import { openPortPair, type PortPair } from '../transport/port-pair.ts';
import { header } from '../wire/message.ts';
import { chooseTransport } from './transport-choice.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });
const openUdp = ({ family }: { family: 'udp4' | 'udp6' }) => createSocket(family);
const report = Buffer.from('80c9000100000001', 'hex');

class Receiver implements AsyncDisposable {
  readonly pair: PortPair;
  readonly rtp: Buffer[] = [];
  readonly rtcp: Buffer[] = [];

  private constructor(pair: PortPair) {
    this.pair = pair;
    pair.rtp.on('message', (packet) => void this.rtp.push(packet));
    pair.rtcp.on('message', (packet) => void this.rtcp.push(packet));
  }

  static async open(): Promise<Receiver> {
    return new Receiver(await openPortPair(() => createSocket('udp4'), '127.0.0.1'));
  }

  get transport(): string {
    return `RTP/AVP;unicast;client_port=${this.pair.ports.join('-')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair.close();
  }
}

/** Sets track 0 up over UDP and plays it. Answers the server's ports. */
async function play(client: WireClient, url: string, receiver: Receiver): Promise<number[]> {
  const set = await client.request('SETUP', `${url}/trackID=0`, [['Transport', receiver.transport]]);
  const session = [['Session', header(set.headers, 'session')!.split(';')[0]!]] as const;
  expect((await client.request('PLAY', url, session)).status).toBe(200);
  return /server_port=(\d+)-(\d+)/.exec(header(set.headers, 'transport')!)!.slice(1).map(Number);
}

describe('chooseTransport', () => {
  it.each<[string, string, 'play' | 'record', string | undefined]>([
    ['UDP', 'RTP/AVP;unicast;client_port=5000-5001', 'play', 'udp 5000-5001'],
    ['UDP by name', 'rtp/avp/udp;unicast;client_port=5000-5001;mode=play', 'play', 'udp 5000-5001'],
    ['one port', 'RTP/AVP;unicast;client_port=5000', 'play', 'udp 5000-5001'],
    ['the first that is served', 'RTP/SAVP;unicast;client_port=2000-2001,RTP/AVP/TCP', 'play', 'tcp'],
    ['preference', 'RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP', 'play', 'udp 5000-5001'],
    ['multicast', 'RTP/AVP;multicast', 'play', undefined],
    ['multicast with ports', 'RTP/AVP;multicast;client_port=5000-5001', 'play', undefined],
    ['multicast, else TCP', 'RTP/AVP;multicast,RTP/AVP/TCP;interleaved=0-1', 'play', 'tcp'],
    ['a port of a service', 'RTP/AVP;unicast;client_port=53-54', 'play', undefined],
    ['no ports', 'RTP/AVP;unicast', 'play', undefined],
    ['ports out of range', 'RTP/AVP;unicast;client_port=70000-70001', 'play', undefined],
    ['SRTP', 'RTP/SAVP;unicast;client_port=5000-5001', 'play', undefined],
    ['record to a player', 'RTP/AVP;unicast;client_port=5000-5001;mode=record', 'play', undefined],
    ['record', 'RTP/AVP/TCP;unicast;interleaved=0-1;mode="RECORD"', 'record', 'tcp'],
    ['record without saying so', 'RTP/AVP/UDP;unicast;client_port=5000-5001', 'record', 'udp 5000-5001'],
    ['nothing', '', 'play', undefined],
  ])('%s', (_, value, mode, expected) => {
    const chosen = chooseTransport(value, mode, true);
    const shown = chosen?.kind === 'udp' ? `udp ${chosen.clientPorts.join('-')}` : chosen?.kind;
    expect(shown).toBe(expected);
    expect(chooseTransport(value, mode, false)?.kind).not.toBe('udp');
  });
});

describe('RtspServer over UDP', () => {
  it('plays to our client: cached frames first, numbered as RTP-Info says, without a gap', async () => {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0 }).start();
    world.published.video(true, 40_000);
    world.published.audio();
    world.published.video(false);
    const { client, packets } = world.player({ transport: 'udp', openUdp });
    await client.describe();
    await client.setup([0, 1]);
    const starts = await client.play();
    const count = (track: number) => packets.filter((packet) => packet.track === track).length;
    for (let i = 0; i < 50; i++) {
      world.published.video(i % 25 === 24);
      clock.advance(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => count(0)).toBeGreaterThan(200);
    for (const track of [0, 1]) {
      const seqs = packets.filter((packet) => packet.track === track).map((packet) => packet.seq);
      expect(seqs[0]).toBe(starts[track]!.seq);
      expect(seqs).toEqual(seqs.map((_, index) => (seqs[0]! + index) & 0xffff));
    }
    expect(world.server.sessions()).toMatchObject([{ playing: true, mode: 'play', path: 'door' }]);
    await client.close();
    await eventually(() => world.server.stats().open).toBe(0);
    expect(world.held).toBe(0);
    expect(world.published.sender.viewerCount).toBe(0);
  });

  it('states ports, SSRC and mode, and sends packets without interleaved headers, RTCP beside', async () => {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0 }).start();
    await using receiver = await Receiver.open();
    await using client = world.client();
    const set = await client.request('SETUP', `${world.url}/trackID=0`, [['Transport', receiver.transport]]);
    const [rtp, rtcp] = receiver.pair.ports;
    expect(header(set.headers, 'transport')).toMatch(
      new RegExp(
        `^RTP/AVP;unicast;client_port=${rtp}-${rtcp};server_port=\\d+-\\d+;ssrc=[0-9A-F]{8};mode="PLAY"$`,
      ),
    );
    const session = [['Session', header(set.headers, 'session')!.split(';')[0]!]] as const;
    await client.request('PLAY', world.url, session);
    world.published.video(true, 3000);
    clock.advance(5000);
    await eventually(() => [receiver.rtp.length, receiver.rtcp.length > 0]).toEqual([5, true]);
    for (const packet of receiver.rtp) expect(packet[0]).toBe(0x80);
    expect(receiver.rtcp[0]![1]).toBe(200);
    expect(client.packets).toEqual([]);
  });

  const families = Object.values(networkInterfaces()).flat();
  const hasIpv6 = families.some((family) => family?.address === '::1');
  it.each<[listens: string, asks: string, works: boolean]>([
    ['0.0.0.0', '127.0.0.1', true],
    ['::', '127.0.0.1', hasIpv6],
    ['::', '::1', hasIpv6],
    ['::1', '::1', hasIpv6],
  ])('listening on %s, asked by %s', async (host, target, works) => {
    if (!works) return;
    await using world = await new World(new FakeClock(), { host, udpPort: 0 }).start();
    const url = { secure: false, host: target, port: world.server.port, path: '/door' };
    const { client, packets } = world.player({ url, transport: 'udp', openUdp });
    await client.describe();
    await client.setup([0]);
    await client.play();
    world.published.video(true, 3000);
    await eventually(() => packets.length).toBe(5);
    await client.close();
  });

  it('a long beginning is paced, the live frames wait behind it', async () => {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0 }).start();
    world.published.video(true, 100_000);
    await using receiver = await Receiver.open();
    await using client = world.client();
    await play(client, world.url, receiver);
    world.published.video(false, 1000);
    expect(receiver.rtp).toEqual([]);
    clock.advance(5);
    await eventually(() => receiver.rtp.length).toBe(24);
    for (let i = 0; i < 20; i++) {
      clock.advance(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => receiver.rtp.length).toBeGreaterThan(70);
    const seqs = receiver.rtp.map((packet) => packet.readUInt16BE(2));
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0]! + index) & 0xffff));
    const before = clock.pending;
    world.published.video(false, 1000);
    expect(clock.pending).toBe(before);
  });

  it.each([
    ['multicast', 'RTP/AVP;multicast;client_port=5000-5001'],
    ['a service of the client’s machine', 'RTP/AVP;unicast;client_port=53-54'],
  ])('refuses %s with 461', async (_, transport) => {
    await using world = await new World(new FakeClock(), { udpPort: 0 }).start();
    await using client = world.client();
    const answer = await client.request('SETUP', `${world.url}/trackID=0`, [['Transport', transport]]);
    expect(answer.status).toBe(461);
  });

  it('without a UDP port, and for the second track of a TCP session, UDP is 461', async () => {
    await using receiver = await Receiver.open();
    const ask = [['Transport', receiver.transport]] as const;
    {
      await using world = await new World(new FakeClock()).start();
      await using client = world.client();
      expect((await client.request('SETUP', `${world.url}/trackID=0`, ask)).status).toBe(461);
    }
    await using world = await new World(new FakeClock(), { udpPort: 0 }).start();
    await using client = world.client();
    const tcp = [['Transport', 'RTP/AVP/TCP;unicast']] as const;
    expect((await client.request('SETUP', `${world.url}/trackID=0`, tcp)).status).toBe(200);
    expect((await client.request('SETUP', `${world.url}/trackID=1`, ask)).status).toBe(461);
  });

  it('never sends to another address than the requester’s, whatever it names', async () => {
    await using world = await new World(new FakeClock(), { udpPort: 0 }).start();
    await using receiver = await Receiver.open();
    const victim = createSocket('udp4');
    const hit: Buffer[] = [];
    victim.on('message', (packet) => hit.push(packet));
    await new Promise<void>((resolve) => victim.bind(receiver.pair.ports[0], '127.0.0.2', resolve));
    await using client = world.client();
    const transport = `${receiver.transport};destination=127.0.0.2;source=127.0.0.2`;
    const set = await client.request('SETUP', `${world.url}/trackID=0`, [['Transport', transport]]);
    expect(set.status).toBe(200);
    expect(header(set.headers, 'transport')).not.toContain('destination');
    const session = [['Session', header(set.headers, 'session')!.split(';')[0]!]] as const;
    await client.request('PLAY', world.url, session);
    world.published.video(true, 3000);
    await eventually(() => receiver.rtp.length).toBe(5);
    expect(hit).toEqual([]);
    victim.close();
  });

  it('ports of one session are not another one’s', async () => {
    await using world = await new World(new FakeClock(), { udpPort: 0 }).start();
    await using receiver = await Receiver.open();
    await using first = world.client();
    await using second = world.client();
    await play(first, world.url, receiver);
    const ask = () => second.request('SETUP', `${world.url}/trackID=0`, [['Transport', receiver.transport]]);
    expect((await ask()).status).toBe(461);
    // The refusal leaves the way to TCP open.
    const tcp = [['Transport', 'RTP/AVP/TCP;unicast']] as const;
    expect((await second.request('SETUP', `${world.url}/trackID=1`, tcp)).status).toBe(200);
    expect((await second.request('TEARDOWN', world.url)).status).toBe(200);
    first.socket.destroy();
    await eventually(() => world.server.stats().open).toBe(1);
    expect((await ask()).status).toBe(200);
    expect((await second.request('SETUP', `${world.url}/trackID=1`, tcp)).status).toBe(461);
    expect((await second.request('TEARDOWN', `${world.url}/trackID=0`)).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });
});

describe('liveness over UDP', () => {
  async function alive(
    act: (client: WireClient, receiver: Receiver, port: number, world: World) => Promise<void>,
  ) {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0 }).start();
    await using receiver = await Receiver.open();
    await using client = world.client();
    const [, port] = await play(client, world.url, receiver);
    clock.advance(55_000);
    await act(client, receiver, port!, world);
    clock.advance(10_000);
    return world.server.stats().playing;
  }

  it.each<[string, number, Parameters<typeof alive>[0]]>([
    ['nothing for 60 s ends it', 0, async () => undefined],
    [
      'a receiver report keeps it',
      1,
      async (_client, receiver, port, world) => {
        const strays = world.server.stats().strayDatagrams;
        await sendAll(receiver.pair.rtcp, port, [report]);
        // What comes behind it from a stranger has been seen: so has the report.
        await stray(port);
        await eventually(() => world.server.stats().strayDatagrams).toBe(strays + 1);
      },
    ],
    [
      'a request keeps it',
      1,
      async (client, _receiver, _port, world) => {
        expect((await client.request('GET_PARAMETER', world.url)).status).toBe(200);
      },
    ],
    [
      'a report of somebody else does not',
      0,
      async (_client, _receiver, port, world) => {
        await stray(port);
        await eventually(() => world.server.stats().strayDatagrams).toBe(1);
      },
    ],
  ])('%s', async (_, playing, act) => {
    expect(await alive(act)).toBe(playing);
  });
});

async function stray(port: number): Promise<void> {
  const socket: Socket = createSocket('udp4');
  await sendAll(socket, port, [report]);
  socket.close();
}
