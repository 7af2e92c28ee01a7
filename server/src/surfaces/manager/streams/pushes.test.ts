import { rm } from 'node:fs/promises';
import type { Push } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

const CONFIG = 'network: {allow: ["10.0.0.0/8"]}\n';
const KEY = 'rtmp-key-5f3a';
const PATH = '/api/streams/yard/pushes';

let dataDir: string;
let server: TestServer;
let engine: FakeEngine;
beforeAll(async () => {
  dataDir = await newDataDir();
  server = await TestServer.start({ dataDir, config: CONFIG });
  await server.listen();
  engine = await FakeEngine.start(dataDir);
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/a' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const made = (url: string, more = {}) => server.expect<Push>(201, 'POST', PATH, { url, ...more });
const listed = async () => (await server.expect<{ pushes: Push[] }>(200, 'GET', PATH)).pushes;
const told = (url: string) =>
  engine.desired(({ streams }) => streams[0]?.pushes?.some((push) => push.url === url) === true);

describe('a stream that is sent on', () => {
  test('the engine gets address and login; nobody else sees them, at rest or in an answer', async () => {
    const push = await made(`rtmp://10.0.0.9/app/${KEY}`);
    expect(push).toMatchObject({ url: 'rtmp://10.0.0.9/app/***', enabled: true, state: null });
    const other = await made('rtsps://bob:s3cret@10.0.0.9:8322/stage', { tls_fingerprint: '5f'.repeat(32) });
    expect(other.url).toBe('rtsps://***:***@10.0.0.9:8322/stage');
    await told(`rtmp://10.0.0.9/app/${KEY}`);
    const desired = await told('rtsps://10.0.0.9:8322/stage');
    expect(desired.streams[0]!.pushes![1]).toEqual({
      id: other.id,
      url: 'rtsps://10.0.0.9:8322/stage',
      username: 'bob',
      password: 's3cret',
      tls_pin: '5f'.repeat(32),
    });
    const answers = await server.call('GET', PATH);
    for (const secret of [KEY, 's3cret']) expect(answers.text).not.toContain(secret);
  });

  test('how it stands is what the engine says, and an event', async () => {
    const [push] = await listed();
    const at = '2024-01-15T10:00:00.000Z';
    const fact = { kind: 'push.state', stream_id: 'yard', push_id: push!.id, at } as const;
    await engine.acknowledged(engine.fact({ ...fact, state: 'live' }));
    expect((await listed())[0]).toMatchObject({ state: 'live', since: at, fault: null, message: null });
    const message = `refused by rtmp://bob:s3cret@10.0.0.9/app`;
    await engine.acknowledged(engine.fact({ ...fact, state: 'retrying', fault: 'refused', message }));
    expect((await listed())[0]).toMatchObject({
      state: 'retrying',
      fault: 'refused',
      message: 'refused by rtmp://***:***@10.0.0.9/app',
    });
  });

  test('it can be switched off and on, and taken away', async () => {
    const url = 'rtmp://10.0.0.10/app/other';
    const { id } = await made(url);
    await told(url);
    const gone = () =>
      engine.until((received) => {
        const last = received.findLast((message) => message.type === 'desired');
        return last?.desired.streams[0]?.pushes?.every((push) => push.id !== id) || undefined;
      });
    expect(await server.expect<Push>(200, 'PUT', `${PATH}/${id}`, { enabled: false })).toMatchObject({
      enabled: false,
      state: null,
    });
    await gone();
    await server.expect(200, 'PUT', `${PATH}/${id}`, { enabled: true });
    await server.expect(204, 'DELETE', `${PATH}/${id}`);
    await gone();
    expect((await listed()).map((push) => push.id)).not.toContain(id);
    expect((await server.call('DELETE', `${PATH}/${id}`)).status).toBe(404);
    expect((await server.call('GET', '/api/streams/none/pushes')).status).toBe(404);
  });

  test.each([
    ['rtmp://203.0.113.9/app/key', 'network.allow'],
    ['rtmp://192.168.1.9/app/key', 'network.allow'],
    ['rtmps://127.0.0.1/app/key', 'network.allow'],
    ['http://10.0.0.9/app', 'only rtmp, rtmps, rtsp, rtsps'],
    ['rtmp://10.0.0.9:22/app/key', 'port 22'],
    ['rtmp://10.1/app/key', 'canonical'],
  ])('%s is refused in words: %s', async (url, words) => {
    const answer = await server.call('POST', PATH, { url });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
    expect(errorOf(answer).message).toContain(words);
  });

  test('a public server is reached inside TLS', async () => {
    const { id } = await made('rtmps://203.0.114.9/app/key');
    await server.expect(204, 'DELETE', `${PATH}/${id}`);
  });
});
