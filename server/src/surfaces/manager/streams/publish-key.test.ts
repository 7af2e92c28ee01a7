import { publishKeyHash } from '@nightjar/contract/link';
import type { PublishKey } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, FakeEngine, TestServer } from '../../../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;
beforeAll(async () => {
  server = await TestServer.start();
  await server.listen();
  engine = await FakeEngine.start(server.dataDir);
  await server.expect(201, 'POST', '/api/streams', { id: 'studio', source_url: 'publish:' });
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/a' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const keyOf = () => server.expect<PublishKey>(200, 'GET', '/api/streams/studio/publish-key');
const told = (key: string) =>
  engine.desired(({ streams }) => {
    const source = streams.find(({ id }) => id === 'studio')?.source;
    return source?.publish_key_hash === publishKeyHash(key);
  });

describe('a stream that is pushed', () => {
  test('has a key of its own, of which the engine learns the hash alone', async () => {
    const { key, ...paths } = await keyOf();
    expect(key).toMatch(/^[\w-]{24}$/);
    expect(paths).toEqual({
      rtsp_path: `/studio?key=${key}`,
      rtmp_path: `/live/${key}`,
      whip_path: '/whip/studio',
    });
    expect(JSON.stringify(await told(key))).not.toContain(key);
    expect((await server.call('GET', '/api/streams/studio')).text).not.toContain(key);
  });

  test('keeps its key over changes of its settings, and gets another by order', async () => {
    const { key } = await keyOf();
    await server.expect(200, 'PUT', '/api/streams/studio', { recording: { enabled: true } });
    await server.expect(200, 'PUT', '/api/streams/studio', { source_url: 'publish:' });
    expect((await keyOf()).key).toBe(key);
    const next = await server.expect<PublishKey>(200, 'POST', '/api/streams/studio/publish-key');
    expect(next.key).not.toBe(key);
    expect((await keyOf()).key).toBe(next.key);
    await told(next.key);
  });

  test('one that is pulled has none', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await server.call(method, '/api/streams/yard/publish-key');
      expect(answer.status).toBe(400);
      expect(errorOf(answer).message).toContain('publish:');
    }
    expect((await server.call('GET', '/api/streams/nobody/publish-key')).status).toBe(404);
  });

  test('may become one that is pulled, and back with a new key', async () => {
    const { key } = await keyOf();
    await server.expect(200, 'PUT', '/api/streams/studio', { source_url: 'rtsp://10.0.0.5/b' });
    expect((await server.call('GET', '/api/streams/studio/publish-key')).status).toBe(400);
    const stolen = await server.call('PUT', '/api/streams/yard', { source_url: 'rtsp://***:***@10.0.0.5/a' });
    expect(stolen.status).toBe(200);
    await server.expect(200, 'PUT', '/api/streams/studio', { source_url: 'publish:' });
    expect((await keyOf()).key).not.toBe(key);
  });
});
