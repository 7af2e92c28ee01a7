import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { FakeClock, SELF_SIGNED, SELF_SIGNED_AGAIN } from '../../testing/index.ts';
import { World } from '../testing/server-world.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

const overTls = (world: World) => ({
  url: { secure: true, host: '127.0.0.1', port: world.server.port, path: '/door' },
  connect: ({ host, port }: { host: string; port: number }) =>
    connectTls({ host, port, rejectUnauthorized: false }),
});

/** The fingerprint shown to a new client. */
async function shown(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('RTSPS and RTSP on one port, and a renewed certificate for who comes next', async () => {
  let context: SecureContext = createSecureContext(SELF_SIGNED);
  await using world = await new World(new FakeClock(), { tls: () => context }).start();
  for (const more of [overTls(world), {}]) {
    const { client, packets } = world.player(more);
    await client.describe();
    await client.setup([0]);
    await client.play();
    for (let i = 0; i < 5; i++) world.published.video(i === 0);
    await eventually(() => packets.length > 10).toBe(true);
    await client.close();
  }
  const before = await shown(world.server.port);
  context = createSecureContext(SELF_SIGNED_AGAIN);
  expect(await shown(world.server.port)).not.toBe(before);
});

test('media is never sent beside TLS: datagrams are refused inside it', async () => {
  const tls = () => createSecureContext(SELF_SIGNED);
  await using world = await new World(new FakeClock(), { tls, udpPort: 0 }).start();
  const socket = connectTls({ host: '127.0.0.1', port: world.server.port, rejectUnauthorized: false });
  const url = `rtsps://127.0.0.1:${world.server.port}/door`;
  const setup = `SETUP ${url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=50000-50001\r\n\r\n`;
  socket.write(setup);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^RTSP\/1\.0 461 /);
  socket.destroy();
});

test('a server without a certificate ends a client that begins TLS', async () => {
  await using world = await new World(new FakeClock()).start();
  const { client } = world.player(overTls(world));
  await expect(client.describe()).rejects.toThrow();
  await eventually(() => world.server.stats().open).toBe(0);
});

test('who says nothing is sent away after a minute', async () => {
  const clock = new FakeClock();
  await using world = await new World(clock, { tls: () => createSecureContext(SELF_SIGNED) }).start();
  const silent = connect(world.server.port, '127.0.0.1');
  await eventually(() => world.server.stats().open).toBe(1);
  clock.advance(59_000);
  expect(world.server.stats().open).toBe(1);
  clock.advance(3_000);
  await once(silent, 'close');
  await eventually(() => world.server.stats().open).toBe(0);
});
