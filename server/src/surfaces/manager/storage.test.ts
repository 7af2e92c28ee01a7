import { RetentionPreview, StorageForecast } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../kernel/index.ts';
import { FakeEngine, TestServer } from '../../testing/index.ts';

const HOUR = 3_600_000;
let server: TestServer;
let engine: FakeEngine;
/** By how much the clock was set. */
let step = 0;
const clock: Clock = { ...systemClock, utc: () => systemClock.utc() + step };
/** A minute ahead: what ended so many hours ago is not yet that old. */
const now = Math.floor(Date.now() / 1_000) * 1_000 + 60_000;

/** A closed file of an hour that ended so many hours ago. */
async function closed(stream_id: string, hoursAgo: number, bytes: number): Promise<string> {
  const end = now - hoursAgo * HOUR;
  const at = (ms: number) => new Date(ms).toISOString();
  const filename = `${at(end - HOUR)
    .slice(0, 19)
    .replace('T', '_')
    .replaceAll(':', '-')}.mp4`;
  const seq = engine.fact({
    ...{ kind: 'segment.closed', stream_id, filename, duration: 3600, bytes },
    ...{ recovered: false, reason: 'rotated', start: at(end - HOUR), end: at(end) },
  });
  await engine.acknowledged(seq);
  return filename;
}

const names = async (id: string) => {
  const path = `/api/streams/${id}/recordings?limit=500`;
  const { recordings } = await server.expect<{ recordings: { filename: string }[] }>(200, 'GET', path);
  return recordings.map(({ filename }) => filename).sort();
};
const preview = async (body: object) =>
  RetentionPreview.parse(await server.expect(200, 'POST', '/api/storage/preview', body));

beforeAll(async () => {
  server = await TestServer.start({
    clock,
    config:
      'limits: {reads_per_minute: 100000, writes_per_minute: 100000}\nrecording: {retention_days: 30, min_free_bytes: 0}\n',
  });
  await server.listen();
  engine = await FakeEngine.start(server.dataDir);
  await engine.desired();
  for (const id of ['yard', 'door'])
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
  for (let hour = 1; hour <= 60; hour++) await closed('yard', hour, 1_000);
  for (let hour = 1; hour <= 10; hour++) await closed('door', hour, 2_000);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('the preview of limits', () => {
  test.each([
    ['nothing else', {}, 0, 0],
    ['two days', { retention_days: 2 }, 12, 12_000],
    ['a day for one stream', { streams: { yard: { retention_days: 1 } } }, 36, 36_000],
    ['bytes of one stream', { streams: { door: { max_bytes: 5_000 } } }, 8, 16_000],
    ['bytes of all', { max_bytes: 70_000 }, 10, 10_000],
    ['both: what age takes counts for the bytes', { retention_days: 2, max_bytes: 65_000 }, 15, 15_000],
  ])('%s', async (_what, body, files, bytes) => {
    const before = [await names('yard'), await names('door')];
    expect(await preview(body)).toMatchObject({ files, bytes, seconds: files * 3600 });
    expect([await names('yard'), await names('door')]).toEqual(before);
  });

  test('says whose footage goes, and up to when', async () => {
    const { streams } = await preview({ streams: { door: { max_bytes: 16_000 } } });
    expect(streams).toEqual([
      { id: 'door', files: 2, bytes: 4_000, seconds: 7_200, until: new Date(now - 9 * HOUR).toISOString() },
    ]);
  });

  test('is refused for limits that are none', async () => {
    expect((await server.call('POST', '/api/storage/preview', { retention_days: 0 })).status).toBe(400);
    expect((await server.call('POST', '/api/storage/preview', { maximum: 1 })).status).toBe(400);
  });
});

test('the forecast has the pace of the cameras, and the metrics have it too', async () => {
  const found = StorageForecast.parse(await server.expect(200, 'GET', '/api/storage'));
  expect(found).toMatchObject({ bytes: 80_000, clock: { frozen: false } });
  expect(found.bytes_per_day).toBeGreaterThan(24_000);
  expect(found.tiers[0]).toMatchObject({ tier: 'hot', files: 70, bytes: 80_000 });
  const { text } = await server.call('GET', '/api/metrics');
  expect(text).toContain('nightjar_tier_bytes{tier="hot"} 80000');
  expect(text).toContain('nightjar_retention_frozen 0');
});

test('a stream keeps within its own bytes; each file that goes is told', async () => {
  const oldest = (await names('door')).slice(0, 3);
  await server.expect(200, 'PUT', '/api/streams/door', { recording: { max_bytes: 15_000 } });
  await expect.poll(async () => (await names('door')).length, { timeout: 25_000 }).toBe(7);
  const told = engine.received.flatMap((message) =>
    message.type === 'delete_footage' && message.stream_id === 'door' ? (message.filenames ?? []) : [],
  );
  expect(told).toEqual(oldest);
  expect(await names('yard')).toHaveLength(60);
}, 30_000);

test('after a step of the clock nothing goes by age until somebody says that it is right', async () => {
  step = 40 * 24 * HOUR;
  const path = '/api/storage';
  const { clock: seen } = StorageForecast.parse(await server.expect(200, 'GET', path));
  expect(seen).toEqual({ frozen: true, seconds: expect.closeTo(40 * 86_400, 0) });
  await server.expect(200, 'PUT', '/api/config', { recording: { retention_days: 29 } });
  await server.expect(200, 'POST', '/api/config/reload');
  await server.log((line) => line.includes('no footage is deleted until'));
  expect(await names('yard')).toHaveLength(60);
  await server.expect(204, 'POST', '/api/storage/confirm-clock');
  await server.expect(200, 'PUT', '/api/config', { recording: { retention_days: 30 } });
  await server.expect(200, 'POST', '/api/config/reload');
  await expect.poll(() => names('yard')).toEqual([]);
});
