import type { ToEngine } from '@nightjar/contract/link';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, SyntheticDevice } from '../../cameras/onvif/testing/synthetic-device.ts';
import { errorOf, FakeEngine, TestServer } from '../../testing/index.ts';

let device: SyntheticDevice;
let server: TestServer;
let engine: FakeEngine;
beforeAll(async () => {
  device = await SyntheticDevice.start();
  server = await TestServer.start({
    config: `
network: {allow: [127.0.0.0/8], ports: [${device.port}]}
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
`,
  });
  engine = await FakeEngine.start(server.dataDir);
  await server.listen();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await device[Symbol.asyncDispose]();
});

const events = { on: ['camera.notice'], before: 4, after: 20 };
/** Seconds of the nth order to keep footage. */
const kept = (nth: number) =>
  engine.until((received) => {
    const orders = received.filter(
      (each): each is Extract<ToEngine, { type: 'keep_footage' }> => each.type === 'keep_footage',
    );
    return orders[nth - 1]?.seconds;
  });

test('a stream is recorded around what its camera tells', async () => {
  await server.expect(201, 'POST', '/api/streams', {
    ...{ id: 'gate', source_url: 'rtsp://127.0.0.1:8554/x', recording: { enabled: true, events } },
  });
  await server.expect(200, 'PUT', '/api/streams/gate/device', {
    port: device.port,
    ...ACCOUNT,
    events: true,
  });
  const wanted = await engine.desired(({ streams }) => streams.length > 0);
  expect(wanted.streams[0]?.recording).toMatchObject({ enabled: true, events: { before: 4 } });
  await expect.poll(() => device.pulls.open, { timeout: 5_000 }).toBe(1);
  device.pulls.motion(true);
  expect(await kept(1)).toBe(600);
  device.pulls.motion(false);
  expect(await kept(2)).toBe(20);
});

test('its settings are shown, changed and taken away', async () => {
  const shown = async () =>
    (await server.expect<{ recording: { events: unknown } }>(200, 'GET', '/api/streams/gate')).recording
      .events;
  expect(await shown()).toEqual(events);
  await server.expect(200, 'PUT', '/api/streams/gate', { recording: { events: { after: 30 } } });
  expect(await shown()).toEqual({ ...events, after: 30 });
  await server.expect(200, 'PUT', '/api/streams/gate', { recording: { events: null } });
  expect(await shown()).toBe(null);
  const wanted = await engine.desired(({ streams }) => streams[0]?.recording.events === undefined);
  expect(wanted.streams[0]?.recording.enabled).toBe(true);
});

test('an order to record counts whatever happens', async () => {
  await server.expect(200, 'PUT', '/api/streams/gate', { recording: { enabled: false, events } });
  await server.call('POST', '/api/streams/gate/recording/start', {});
  const ordered = await engine.desired(({ streams }) => {
    const [recording] = streams.map((each) => each.recording);
    return recording?.enabled === true && recording.events === undefined;
  });
  expect(ordered.streams[0]?.recording).not.toHaveProperty('events');
});

test.each([
  [{ on: [] }],
  [{ on: ['segment.closed'] }],
  [{ on: ['recording.started'] }],
  [{ on: ['camera.notice'], before: 31 }],
  [{ on: ['camera.notice'], after: 0 }],
  [{ on: ['camera.notice'], more: 1 }],
])('%j is refused', async (wrong) => {
  const answer = await server.call('PUT', '/api/streams/gate', { recording: { events: wrong } });
  expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
});
