import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { systemClock } from '../stream/index.ts';
import { FakeClock, SELF_SIGNED } from '../testing/index.ts';
import { RtspPublisher } from './publisher.ts';
import type { RtspServerOptions } from './server.ts';
import { Publications } from './testing/published.ts';
import { PublishedStream } from './testing/published-stream.ts';
import { World } from './testing/server-world.ts';
import { parseRtspUrl } from './wire/url.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });
const BY_PASSWORD: RtspServerOptions['auth'] = {
  verify: async (username, password) => (password === 's3cret' ? username : false),
};
const BY_DIGEST: RtspServerOptions['auth'] = {
  verify: async () => false,
  secret: async () => ({ password: 's3cret' }),
  wantsDigest: () => true,
};

/** A server that takes streams, a stream of ours, and a publisher between them. */
async function pushing(more: Partial<RtspServerOptions>, login = '', secure = false) {
  const publications = new Publications();
  const world = await new World(new FakeClock(), { publish: publications.publish, ...more }).start();
  const lost: unknown[] = [];
  const scheme = secure ? 'rtsps' : 'rtsp';
  const publisher = new RtspPublisher({
    url: parseRtspUrl(`${scheme}://${login}127.0.0.1:${world.server.port}/stage`)!,
    connect: ({ host, port }, onread) =>
      secure ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port, onread }),
    readBuffer: Buffer.alloc(65_536),
    clock: systemClock,
    random: randomBytes,
    onClose: (error) => lost.push(error),
  });
  const ours = new PublishedStream(systemClock);
  const play = (): void => {
    ours.sender.join({ packets: (chunk) => publisher.write(chunk), end: () => undefined }, true);
    for (let i = 0; i < 3; i++) {
      ours.video(i === 0);
      ours.audio();
    }
  };
  return { publications, world, publisher, ours, play, lost };
}

test.each([
  ['nobody who asks', {}, '', false],
  ['Basic', { auth: BY_PASSWORD }, 'bob:s3cret@', false],
  ['Digest', { auth: BY_DIGEST }, 'bob:s3cret@', false],
  ['TLS', { tls: () => createSecureContext(SELF_SIGNED) }, '', true],
] as const)('picture and sound reach a server with %s', async (_what, more, login, secure) => {
  const { publications, world, publisher, ours, play, lost } = await pushing(more, login, secure);
  await using _world = world;
  await publisher.publish(ours.sender.tracks);
  play();
  await eventually(() => new Set(publications.packets.map(({ track }) => track))).toEqual(new Set([0, 1]));
  const [asked] = publications.asked;
  expect(asked).toMatchObject({ path: 'stage', identity: login ? 'bob' : undefined });
  expect(asked!.sdp.media.map(({ encodingName }) => encodingName)).toEqual(['H264', 'MPEG4-GENERIC']);
  expect(publications.recorded).toEqual([[0, 1]]);
  await publisher.close();
  await eventually(() => publications.closed).toBe(1);
  expect(lost).toEqual([]);
  ours.close();
});

test.each([
  ['a wrong password', { auth: BY_PASSWORD }, 'bob:no@', 'auth_failed'],
  ['nobody who takes it', { publish: async () => undefined }, '', 'auth_failed'],
] as const)('%s is told as what it is', async (_what, more, login, code) => {
  const { world, publisher, ours } = await pushing(more, login);
  await using _world = world;
  await expect(publisher.publish(ours.sender.tracks)).rejects.toMatchObject({ code });
  await publisher.close();
  ours.close();
});

test('a server that goes away is told of once', async () => {
  const { world, publisher, ours, lost } = await pushing({});
  await publisher.publish(ours.sender.tracks);
  await world[Symbol.asyncDispose]();
  await eventually(() => lost.length).toBe(1);
  expect(lost).toMatchObject([{ code: 'closed_by_camera' }]);
  await publisher.close();
  ours.close();
});
