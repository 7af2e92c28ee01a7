import { randomBytes } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { DesiredPush, PushFact } from '@nightjar/contract/link';
import { RtmpServer } from '@nightjar/media/rtmp';
import { RtspServer } from '@nightjar/media/rtsp';
import { systemClock } from '@nightjar/media/stream';
import { SELF_SIGNED } from '@nightjar/media/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushSockets } from '../outbound/index.ts';
import {
  desiredState,
  desiredStream,
  type Publisher,
  QuietLog,
  StreamsRig,
  until,
} from '../testing/index.ts';
import { Pushes } from './index.ts';

const LOOPBACK = { allow: ['127.0.0.0/8'], deny: [], ports: [] };

let rig: StreamsRig;
let source: Publisher;
let pushes: Pushes;
let log: QuietLog;
let told: PushFact[];
let policy: typeof LOOPBACK;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  rig = new StreamsRig();
  log = new QuietLog();
  told = [];
  policy = LOOPBACK;
  closing = [];
  source = await rig.live();
  source.play(1.5);
  pushes = new Pushes({
    stream: (id) => rig.registry.get(id),
    connect: pushSockets(() => policy, { own: [] }),
    clock: systemClock,
    random: () => 0.5,
    told: (fact) => told.push(fact),
    log,
  });
});

afterEach(async () => {
  await pushes.close();
  for (const close of closing) await close();
  source.close();
  await rig.registry.close();
  rig.clock.advance(2_000);
  expect(rig.pool.held).toBe(0);
  expect(log.lines).toEqual([]);
});

const push = (wanted: Omit<DesiredPush, 'id'> | undefined): void => {
  const list = wanted ? [{ id: 'p1', ...wanted }] : [];
  pushes.apply(desiredState([desiredStream('cam', { pushes: list })]));
};
const states = (): string[] => told.map(({ state }) => state);

interface Taken {
  readonly asked: string[];
  bytes: number;
  left: number;
}

/** Servers outside that take what is pushed to them, by scheme. */
async function outside(
  scheme: string,
  port = 0,
): Promise<{ port: number; taken: Taken; close(): Promise<void> }> {
  const taken: Taken = { asked: [], bytes: 0, left: 0 };
  const common = { host: '127.0.0.1', port, clock: systemClock, random: randomBytes };
  const tls = scheme.endsWith('s') ? { tls: () => createSecureContext(SELF_SIGNED) } : {};
  const left = (): void => void taken.left++;
  const count = (_track: number, _b: Buffer, start: number, end: number): void => {
    taken.bytes += end - start;
  };
  const server = scheme.startsWith('rtmp')
    ? new RtmpServer({
        ...common,
        ...tls,
        publish: async ({ path }) => {
          taken.asked.push(path);
          if (path === 'wrong') return { refused: 'authentication failed' };
          return { tag: (_type, _time, b, start, end) => count(0, b, start, end), close: left };
        },
        play: async () => ({ refused: 'no' }),
      })
    : new RtspServer({
        ...common,
        ...tls,
        realm: 'outside',
        auth: { verify: async (_username, password) => (password === 'no' ? false : 'someone') },
        resolve: async () => undefined,
        publish: async ({ path, announced }) => {
          taken.asked.push(path);
          return {
            media: announced.media.map((_, at) => at),
            record: () => ({ rtp: count, rtcp: () => undefined }),
            close: left,
          };
        },
      });
  await server.start();
  const close = (): Promise<void> => server.close();
  closing.push(close);
  return { port: server.port, taken, close };
}

const FINGERPRINT = async (port: number): Promise<string> => {
  const { connect } = await import('node:tls');
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const shown = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
  socket.destroy();
  return shown;
};

describe('a stream that is sent on', () => {
  it.each(['rtmp', 'rtmps', 'rtsp', 'rtsps'])(
    'goes to a server over %s from its last key frame, until it is no longer wanted',
    async (scheme) => {
      const { port, taken } = await outside(scheme);
      const pin = scheme.endsWith('s') ? { tls_pin: await FINGERPRINT(port) } : {};
      push({ url: `${scheme}://127.0.0.1:${port}/live/stage`, username: 'bob', password: 'yes', ...pin });
      await until(() => states().at(-1) === 'live');
      await until(() => taken.bytes > 0);
      expect(states()).toEqual(['connecting', 'live']);
      expect(taken.asked).toEqual([scheme.startsWith('rtmp') ? 'stage' : 'live/stage']);
      const before = taken.bytes;
      source.play(1);
      await until(() => taken.bytes > before + 1000);
      expect(pushes.facts).toMatchObject([{ stream_id: 'cam', push_id: 'p1', state: 'live' }]);
      expect(pushes.live).toBe(1);
      push(undefined);
      await until(() => taken.left === 1);
      expect(pushes.facts).toEqual([]);
    },
  );

  it('is tried again when its server comes back', async () => {
    const first = await outside('rtmp');
    push({ url: `rtmp://127.0.0.1:${first.port}/live/stage` });
    await until(() => states().at(-1) === 'live');
    await first.close();
    await until(() => states().at(-1) === 'retrying');
    expect(told.at(-1)).toMatchObject({ fault: 'closed_by_camera', message: expect.any(String) });
    const second = await outside('rtmp', first.port);
    await until(() => states().at(-1) === 'live', 10_000);
    await until(() => second.taken.bytes > 0);
  });

  it('waits for a stream that has no media', async () => {
    const { port } = await outside('rtmp');
    pushes.apply(
      desiredState([
        desiredStream('none', { pushes: [{ id: 'p1', url: `rtmp://127.0.0.1:${port}/live/x` }] }),
      ]),
    );
    expect(pushes.facts).toMatchObject([{ state: 'waiting' }]);
    expect(pushes.live).toBe(0);
    await pushes.close();
    expect(told).toEqual([]);
  });

  it.each([
    [
      'RTSP with a wrong password',
      'rtsp',
      { path: 'live/stage', username: 'bob', password: 'no' },
      'auth_failed',
    ],
    ['RTMP with a wrong key', 'rtmp', { path: 'live/wrong' }, 'auth_failed'],
    ['a certificate nobody vouches for', 'rtmps', { path: 'live/stage' }, 'tls_changed'],
    ['the same over RTSP', 'rtsps', { path: 'live/stage' }, 'tls_changed'],
  ])('%s fails, says so, and is not tried again', async (_what, scheme, { path, ...login }, fault) => {
    const { port, taken } = await outside(scheme);
    push({ url: `${scheme}://127.0.0.1:${port}/${path}`, ...login });
    await until(() => states().at(-1) === 'failed');
    expect(told.at(-1)).toMatchObject({ fault });
    expect(taken.bytes).toBe(0);
    if (fault === 'tls_changed') expect(taken.asked).toEqual([]);
  });

  it.each([
    'rtmp://127.0.0.1:1935/live/x',
    'rtmp://10.0.0.9/live/x',
    'rtmp://8.8.8.8/live/x',
    'rtsps://169.254.169.254/x',
  ])('%s is refused by the policy before any packet leaves', async (url) => {
    policy = { allow: [], deny: [], ports: [] };
    push({ url });
    await until(() => states().at(-1) === 'failed');
    expect(told.at(-1)).toMatchObject({ fault: 'target_denied' });
  });
});
