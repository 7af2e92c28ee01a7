import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import type { RtspTransport } from '../errors.ts';
import { World } from '../testing/server-world.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 5 });
const openUdp = ({ family }: { family: 'udp4' | 'udp6' }) => createSocket(family);
const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => /TCP|UDP/.test(name) && name !== 'TCPServerWrap').length;
/** The server's pair of UDP ports. */
const OWN = 2;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each<RtspTransport>(['tcp', 'udp', 'http'])('a client that comes and goes over %s', (transport) => {
  it('200 sessions leave no socket and no timer', async () => {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0, httpTunnel: true }).start();
    world.published.video(true);
    const { pending } = clock;
    for (let i = 0; i < 200; i++) {
      const { client } = world.player({ transport, openUdp, clock });
      await client.describe();
      await client.setup([0, 1]);
      await client.play();
      await client.close();
    }
    await eventually(() => world.server.stats().open).toBe(0);
    await eventually(sockets).toBe(OWN);
    expect(clock.pending).toBe(pending);
    expect(world.held).toBe(0);
    expect(world.published.sender.viewerCount).toBe(0);
  });

  it('given up after any number of turns, it leaves nothing either', async () => {
    const clock = new FakeClock();
    await using world = await new World(clock, { udpPort: 0, httpTunnel: true }).start();
    world.published.video(true);
    const { pending } = clock;
    for (let turns = 0; turns < 60; turns++) {
      const abort = new AbortController();
      const { client } = world.player({ transport, openUdp, clock, signal: abort.signal });
      const playing = client
        .describe()
        .then(() => client.setup([0, 1]))
        .then(() => client.play());
      const ended = playing.then(
        () => undefined,
        (error: unknown) => error,
      );
      for (let i = 0; i < turns; i++) await turn();
      abort.abort(new Error('given up'));
      const closing = client.close();
      clock.advance(1000);
      await closing;
      expect([undefined, 'given up']).toContain(((await ended) as Error | undefined)?.message);
    }
    await eventually(() => world.server.stats().open).toBe(0);
    await eventually(sockets).toBe(OWN);
    expect(clock.pending).toBe(pending);
    expect(world.held).toBe(0);
  });
});
