import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/index.ts';
import {
  type DatabaseServer,
  type RedisServer,
  startPostgres,
  startRedis,
} from '../../testing/database-servers/index.ts';
import { EventClient, eventually, newDataDir, TestServer } from '../../testing/index.ts';

/** Calls a minute of one principal. */
const READS = 40;

let redis: RedisServer;
let database: DatabaseServer;
let one: TestServer;
let other: TestServer;
const address = { one: '', other: '' };

async function start(dataDir: string, adminToken?: string): Promise<TestServer> {
  const { password, ...where } = database.address;
  const config = [
    `database: ${JSON.stringify(where)}`,
    `redis: ${JSON.stringify({ host: '127.0.0.1', port: redis.port })}`,
    `limits: {reads_per_minute: 100000, writes_per_minute: 100000}`,
  ].join('\n');
  return TestServer.start({
    ...{ dataDir, config, databasePassword: password, redisPassword: new Secret(redis.password) },
    ...(adminToken === undefined ? {} : { adminToken }),
  });
}

const said = (server: TestServer, text: string) => server.log((line) => line.includes(text));
const times = (server: TestServer, text: string) =>
  server.logged.filter((line) => line.includes(text)).length;

beforeAll(async () => {
  [redis, database] = await Promise.all([startRedis(), startPostgres()]);
  const [first, second] = [await newDataDir(), await newDataDir()];
  one = await start(first);
  // What a load balancer stands in front of: the same keys, the same database.
  await cp(join(first, 'keys'), join(second, 'keys'), { recursive: true });
  other = await start(second, one.token);
  address.one = await one.listen();
  address.other = await other.listen();
  await together();
}, 60_000);
afterAll(async () => {
  await other?.[Symbol.asyncDispose]();
  await one?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const events = (at: 'one' | 'other', token: string) =>
  new EventClient(`${address[at].replace('http', 'ws')}/api/events`, { authorization: `Bearer ${token}` });

let asked = 0;
/** Settles when what happens at the one is heard at the other. */
async function together(): Promise<void> {
  await using ears = events('other', other.token);
  await ears.ofType('events.ready');
  await eventually(async () => {
    const id = `hello-${++asked}`;
    await one.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
    await one.expect(204, 'DELETE', `/api/streams/${id}`);
    return ears.messages.find(({ type }) => type === 'stream.created') && true;
  });
}

/** A token of so many calls a minute. */
async function limited(): Promise<{ id: string; token: string }> {
  return one.expect(201, 'POST', '/api/v1/api-tokens', {
    ...{ name: 'limited', scopes: ['streams:read', 'events:read'], rate_limit: READS },
  });
}

const calls = async (server: TestServer, token: string, count: number): Promise<number[]> => {
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) {
    const headers = { authorization: `Bearer ${token}` };
    statuses.push((await server.call('GET', '/api/streams', undefined, headers)).status);
  }
  return statuses;
};
const refused = (statuses: readonly number[]): number => statuses.filter((status) => status === 429).length;

describe('two servers of one installation', () => {
  test('count calls together', async () => {
    const { token } = await limited();
    const first = await calls(one, token, READS / 2 + 5);
    const second = await calls(other, token, READS / 2);
    expect([refused(first), refused(second)]).toEqual([0, 5]);
  });

  test('count wrong passwords together', async () => {
    const guess = (server: TestServer) =>
      server.call(
        'POST',
        '/api/v1/auth/login',
        { username: 'ghost', password: 'wrong-password-1' },
        { authorization: '' },
      );
    for (let n = 0; n < 5; n++) expect((await guess(one)).status).toBe(401);
    // Five are free, wherever they were made.
    await eventually(async () => ((await guess(other)).status === 429 ? true : undefined));
    expect(times(other, 'a sign-in failed')).toBeLessThanOrEqual(2);
  });

  test('tell each other what happens, each under its own numbers, and nobody twice', async () => {
    await using here = events('one', one.token);
    await using there = events('other', other.token);
    for (const each of [here, there]) await each.ofType('events.ready');
    await one.expect(201, 'POST', '/api/streams', { id: 'gate', source_url: 'rtsp://10.0.0.5/x' });
    await other.expect(200, 'PUT', '/api/streams/gate', { recording: { enabled: false } });
    for (const each of [here, there]) await each.ofType('stream.updated');
    for (const { messages } of [here, there]) {
      const told = messages.filter(({ type }) => type.startsWith('stream.'));
      expect(told.map(({ type }) => type)).toEqual(['stream.created', 'stream.updated']);
      const ids = told.map(({ id }) => Number(id));
      expect(ids[1]).toBe(ids[0]! + 1);
    }
    // What the other told can be asked for again here.
    const since = Number(here.messages.find(({ type }) => type === 'stream.created')?.['id']);
    await using again = new EventClient(`${address.one.replace('http', 'ws')}/api/events?since=${since}`, {
      authorization: `Bearer ${one.token}`,
    });
    expect((await again.ofType('stream.updated'))['stream_id']).toBe('gate');
  });

  test('a right that is lost at one is lost at the other at once', async () => {
    const { id, token } = await limited();
    await using ears = events('other', token);
    await ears.ofType('events.ready');
    const began = performance.now();
    await one.expect(200, 'POST', `/api/v1/api-tokens/${id}/revoke`);
    expect(await ears.closed).toMatchObject({ code: 1008 });
    const ms = performance.now() - began;
    console.info(`revoked at one server, its event socket at the other ended after ${ms.toFixed(0)} ms`);
    // Without news it is looked at every 4 s.
    expect(ms).toBeLessThan(2_000);
    expect((await calls(other, token, 1))[0]).toBe(401);
  });

  test('what strangers write to the channel is told to nobody', async () => {
    const { createClient } = await import('@redis/client');
    const stranger = createClient({
      socket: { host: '127.0.0.1', port: redis.port },
      password: redis.password,
    });
    await stranger.connect();
    await using ears = events('other', other.token);
    await ears.ofType('events.ready');
    const news = { kind: 'event', event: { type: 'system.engine_here', id: 1, timestamp: '' } };
    const forged = JSON.stringify({ from: 'x', news });
    for (const text of [
      forged,
      `AAAA.${forged}`,
      '',
      '.',
      `${'A'.repeat(43)}.${forged}`,
      'x'.repeat(100_000),
    ]) {
      await stranger.publish('nightjar:news', text);
    }
    stranger.destroy();
    await together();
    expect(ears.messages.filter(({ type }) => type.startsWith('system.'))).toEqual([]);
    expect([...one.logged, ...other.logged].join('')).not.toContain(redis.password);
  });

  test.each([
    ['dies', () => redis.stop(), () => redis.start()],
    ['hangs', async () => redis.hang(), async () => redis.wake()],
  ] as const)('go on by themselves while Redis %s, and together after it', async (_, lose, regain) => {
    const { token } = await limited();
    const away = 'Redis is away';
    const before = times(one, away);
    const statuses: number[] = [];
    const began = performance.now();
    const asking = (async () => {
      while (statuses.length < READS + 10) statuses.push(...(await calls(one, token, 1)));
    })();
    await lose();
    await asking;
    const ms = (performance.now() - began) / statuses.length;
    await eventually(() => (times(one, away) > before ? true : undefined));
    // Counted here alone it is still counted, from where it was.
    console.info(
      `Redis ${_}: ${statuses.length} calls, ${refused(statuses)} refused, ${ms.toFixed(1)} ms each`,
    );
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(refused(statuses)).toBe(10);
    expect(ms).toBeLessThan(150);
    await one.expect(201, 'POST', '/api/streams', { id: `without-${_}`, source_url: 'rtsp://10.0.0.5/x' });
    expect((await other.expect<{ id: string }>(200, 'GET', `/api/streams/without-${_}`)).id).toBe(
      `without-${_}`,
    );
    await regain();
    await said(one, 'Redis answers again');
    await together();
  });
});
