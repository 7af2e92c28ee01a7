import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeEngine, TestServer } from '../../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;

beforeEach(async () => {
  server = await TestServer.start();
  engine = await FakeEngine.start(server.dataDir);
  await server.listen();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const wanted = () =>
  engine.until((received) => {
    const last = received.filter((message) => message.type === 'desired').at(-1);
    const stream = last?.type === 'desired' ? last.desired.streams[0] : undefined;
    return stream && { on_demand: stream.on_demand };
  });

test('a stream runs on demand when it is told so, in short or in full', async () => {
  const source_url = 'rtsp://192.168.1.20/stream1';
  await server.expect(201, 'POST', '/api/streams', { id: 'cam', source_url, on_demand: true });
  expect(await server.expect(200, 'GET', '/api/streams/cam')).toMatchObject({
    on_demand: { enabled: true, grace: 10 },
  });
  expect(await wanted()).toEqual({ on_demand: { grace: 10 } });
  await server.expect(200, 'PUT', '/api/streams/cam', { on_demand: { grace: 60 } });
  expect(await server.expect(200, 'GET', '/api/streams/cam')).toMatchObject({
    on_demand: { enabled: true, grace: 60 },
  });
  await server.expect(200, 'PUT', '/api/streams/cam', { on_demand: false });
  expect(await server.expect(200, 'GET', '/api/streams/cam')).toMatchObject({
    on_demand: { enabled: false, grace: 10 },
  });
});

test.each([{ on_demand: 'yes' }, { on_demand: { grace: -1 } }, { on_demand: { after: 1 } }])(
  '%j is refused',
  async (settings) => {
    const source_url = 'rtsp://192.168.1.20/stream1';
    const answer = await server.call('POST', '/api/streams', { id: 'cam', source_url, ...settings });
    expect(answer.status).toBe(400);
  },
);
