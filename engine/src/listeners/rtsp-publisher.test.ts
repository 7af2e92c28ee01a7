import { publishKeyHash } from '@nightjar/contract/link';
import type { RtspServer } from '@nightjar/media/rtsp';
import { systemClock } from '@nightjar/media/stream';
import { type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../recorder/testing/memory-storage.ts';
import { Publishers } from '../sources/index.ts';
import { StreamRegistry } from '../streams/index.ts';
import { CountingPool, desiredState, desiredStream, QuietLog, until } from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { rtspListener } from './index.ts';
import { Pusher } from './testing/pusher.ts';

const KEY = 'a-key-of-the-test';
const OTHER = 'another-key';

let cameras: SyntheticCameras;
beforeAll(async () => {
  cameras = await startSyntheticCameras({ cameras: [{ path: 'yard', clip: 'yard' }] });
});
afterAll(() => cameras.close());

let publishers: Publishers;
let registry: StreamRegistry;
let listener: RtspServer;
let states: string[];
let pool: CountingPool;
const pushers: Pusher[] = [];

const studio = (key = KEY, running = true) =>
  desiredStream('studio', { source: { url: 'publish:', publish_key_hash: publishKeyHash(key) }, running });

beforeEach(async () => {
  states = [];
  pool = new CountingPool();
  publishers = new Publishers();
  const log = new QuietLog();
  registry = new StreamRegistry({
    clock: systemClock,
    pool,
    storage: new MemoryStorage(),
    sources: new Map([['publish:', publishers.start]]),
    random: () => 0.5,
    random32: () => 9,
    fact: (fact) => {
      if (fact.kind === 'stream.state' && fact.stream_id === 'studio')
        states.push([fact.state, fact.message].filter(Boolean).join(': '));
    },
    log,
  });
  registry.apply(desiredState([studio(), desiredStream('other', { running: false })]));
  await registry.settled();
  listener = rtspListener({
    ...{ host: '127.0.0.1', port: 0, udpPort: 0, clock: systemClock, key: Buffer.alloc(32, 3), log },
    stream: (id) => registry.get(id),
    judge: async (_id, token) => ({ allowed: token === 'good', sub: 'person:eve' }),
    viewers: new Viewers({ clock: systemClock, fact: () => undefined, allowed: async () => true, log }),
    publishers,
  });
  await listener.start();
});

afterEach(async () => {
  for (const pusher of pushers.splice(0)) await pusher[Symbol.asyncDispose]();
  await listener.close();
  await registry.close();
  expect(pool.held).toBe(0);
});

/** A publisher that sends what a camera shows, from ANNOUNCE on; resolves with the status that ended it, or 200. */
async function push(path: string, options: { login?: string } = {}) {
  const pusher = await Pusher.start(cameras.url('yard'), { port: listener.port, path, ...options });
  pushers.push(pusher);
  return pusher;
}
const live = () => until(() => registry.get('studio')!.observed.state === 'live');
const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');

describe('a publisher', () => {
  it.each([
    ['with its key in the address', `studio?key=${KEY}`, {}],
    ['by its key alone', `live/${KEY}`, {}],
    ['with its key as a password', 'studio', { login: basic('obs', KEY) }],
  ] as const)('%s feeds its stream', async (_how, path, options) => {
    const pusher = await push(path, options);
    expect(pusher.status).toBe(200);
    await live();
    expect(registry.get('studio')!.media.tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(registry.get('studio')!.transport).toBe('tcp');
    expect(registry.load).toEqual({ streams: 2, datagrams: 0, mayWait: 0 });
    await pusher[Symbol.asyncDispose]();
    await until(() => states.at(-1) === 'reconnecting: the publisher left');
    await push(`studio?key=${KEY}`);
    await live();
    expect(states.filter((state) => state === 'live').length).toBe(2);
  });

  it.each([
    ['with a wrong key', 'studio?key=wrong', {}, 401],
    ['with the key of another stream', `other?key=${KEY}`, {}, 401],
    ['without a key', 'studio', {}, 401],
    ['with the right to watch', 'studio', { login: basic('x', 'good') }, 403],
    ['by a wrong key alone', 'live/wrong', {}, 401],
    ['with a wrong key as a password', 'studio', { login: basic('obs', 'wrong') }, 401],
  ] as const)('%s is refused', async (_how, path, options, status) => {
    expect((await push(path, options)).status).toBe(status);
    expect(states).toEqual(['connecting']);
  });

  it('is alone: another one has to wait until it is silent', async () => {
    await push(`studio?key=${KEY}`);
    await live();
    expect((await push(`studio?key=${KEY}`)).status).toBe(401);
    expect((await push(`live/${KEY}`)).status).not.toBe(200);
    expect(states.filter((state) => state === 'live').length).toBe(1);
  });

  it('is sent away when its key changes, and when its stream stops', async () => {
    const first = await push(`studio?key=${KEY}`);
    await live();
    registry.apply(desiredState([studio(OTHER)]));
    await first.closed;
    expect((await push(`studio?key=${KEY}`)).status).toBe(401);
    const second = await push(`studio?key=${OTHER}`);
    await live();
    registry.apply(desiredState([studio(OTHER, false)]));
    await second.closed;
    await until(() => listener.stats().recording === 0);
  });

  it('may not watch with the key', async () => {
    await push(`studio?key=${KEY}`);
    await live();
    expect(await Pusher.describe(listener.port, 'studio', basic('obs', KEY))).toBe(404);
    expect(await Pusher.describe(listener.port, 'studio', basic('x', 'good'))).toBe(200);
  });
});
