import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { Publications } from '../testing/published.ts';
import { interleaved, rtpPacket } from '../testing/scripted-camera.ts';
import { World } from '../testing/server-world.ts';
import { sendAll } from '../testing/udp-camera.ts';
import { chooseTransport } from './transport-choice.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 5 });
const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:streamid=0\r\n';
const TYPE = [['Content-Type', 'application/sdp']] as const;

const word = fc.constantFrom(
  'RTP/AVP',
  'RTP/AVP/TCP',
  'RTP/AVP/UDP',
  'RTP/SAVP',
  'unicast',
  'multicast',
  'interleaved=0-1',
  'interleaved=255-256',
  'interleaved=999',
  'client_port=5000-5001',
  'client_port=0-0',
  'client_port=99999',
  'server_port=1-2',
  'destination=10.0.0.1',
  'mode=record',
  'mode="PLAY"',
  ',',
  ';;',
  '=',
);
const transport = fc.oneof(
  fc.array(word, { maxLength: 8 }).map((words) => words.join(';')),
  fc.string({ maxLength: 60 }),
);

it('100,000 Transport values: a choice that can be served, or none', () => {
  const values = fc.sample(transport, { seed: 20261120, numRuns: 50_000 });
  for (const value of values) {
    for (const mode of ['play', 'record'] as const) {
      const chosen = chooseTransport(value, mode, true);
      if (chosen?.kind !== 'udp') continue;
      for (const port of chosen.clientPorts) expect(port >= 1024 && port <= 65_535).toBe(true);
      expect(value).not.toBe('');
    }
  }
});

it('500 hostile publishers and a flood: none stays, a good one is untouched and the next is let in', async () => {
  const publications = new Publications();
  await using world = await new World(new FakeClock(), {
    publish: publications.publish,
    udpPort: 0,
    httpTunnel: true,
  }).start();
  const inbox = (name: string) => `rtsp://127.0.0.1:${world.server.port}/${name}`;
  const publish = async (name: string) => {
    const client = world.client();
    const tcp = [['Transport', 'RTP/AVP/TCP;unicast;interleaved=0-1;mode=record']] as const;
    expect((await client.request('ANNOUNCE', inbox(name), TYPE, SDP)).status).toBe(200);
    expect((await client.request('SETUP', `${inbox(name)}/streamid=0`, tcp)).status).toBe(200);
    expect((await client.request('RECORD', inbox(name))).status).toBe(200);
    return client;
  };
  await using good = await publish('good');

  const attack = fc.record({
    body: fc.oneof(fc.constant(SDP), fc.string({ maxLength: 200 }), fc.constant('m=x\r\n'.repeat(40))),
    transport,
    requests: fc.array(fc.constantFrom('RECORD', 'PLAY', 'SETUP', 'TEARDOWN', 'DESCRIBE', 'ANNOUNCE'), {
      maxLength: 4,
    }),
    bytes: fc.uint8Array({ maxLength: 100 }),
    http: fc.boolean(),
  });
  for (const { body, transport: wanted, requests, bytes, http } of fc.sample(attack, {
    seed: 7,
    numRuns: 500,
  })) {
    const client = world.client();
    if (http && bytes.length > 50) client.socket.write('GET / HTTP/1.1\r\nx-sessioncookie: c\r\n\r\n');
    const ask = (method: string, uri: string, text = '') =>
      client
        .request(method, uri, [['Transport', wanted.replace(/[^\x20-\x7e]/g, '?')], ...TYPE], text)
        .catch(() => undefined);
    const asked = [ask('ANNOUNCE', inbox('bad'), body), ask('SETUP', `${inbox('bad')}/streamid=0`)];
    for (const method of requests) asked.push(ask(method, inbox('bad')));
    client.socket.write(interleaved(0, Buffer.from(bytes)));
    client.socket.write(Buffer.from(bytes));
    client.socket.end();
    await client.closed();
    await Promise.all(asked);
  }
  const stranger = createSocket('udp4');
  const strays = world.server.stats().strayDatagrams;
  const setup = await probe(world);
  await sendAll(
    stranger,
    setup,
    Array.from({ length: 300 }, (_, n) => rtpPacket(n, 1400)),
  );
  stranger.close();
  await eventually(() => world.server.stats().strayDatagrams).toBeGreaterThan(strays);

  good.socket.write(interleaved(0, rtpPacket(4711)));
  await eventually(() => publications.packets.at(-1)).toEqual({ track: 0, seq: 4711 });
  await eventually(() => world.server.stats().open).toBe(1);
  expect(world.server.stats()).toMatchObject({ recording: 1, failed: 0 });
  await using next = await publish('bad');
  next.socket.write(interleaved(0, rtpPacket(4712)));
  await eventually(() => publications.packets.at(-1)).toEqual({ track: 0, seq: 4712 });
  expect(publications.asked.length - publications.closed).toBe(2);
});

/** The server's RTP port, as a client is told it. */
async function probe(world: World): Promise<number> {
  await using client = world.client();
  const ask = [['Transport', 'RTP/AVP;unicast;client_port=40000-40001']] as const;
  const { headers } = await client.request('SETUP', `${world.url}/trackID=0`, ask);
  return Number(/server_port=(\d+)/.exec(headers.get('transport')?.[0] ?? '')?.[1]);
}
