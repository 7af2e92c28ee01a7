import { ERRORS } from '@nightjar/contract';
import { StreamDetail, StreamList, StreamMetricsDetail } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, TestServer } from '../../../testing/index.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const URL = 'rtsp://10.0.0.5:554/stream';
let count = 0;
const freshId = () => `camera-${++count}`;
const create = async (over: object = {}) => {
  const id = freshId();
  await server.expect(201, 'POST', '/api/streams', { id, source_url: URL, ...over });
  return id;
};

describe('POST /api/streams', () => {
  test("accepts the seed's words and answers its shape", async () => {
    const answer = await server.call('POST', '/api/streams', {
      id: 'camera-seed',
      source_url: 'rtsp://camera2.local:554/stream',
      recording: { enabled: true, segment_duration: 600, retention_days: 7 },
      reconnect: { enabled: true, max_attempts: 10, backoff_ms: 1000 },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: 'camera-seed', status: 'initializing' });
    expect(answer.headers['location']).toBe('/api/streams/camera-seed');
    const detail = await server.expect<StreamDetail>(200, 'GET', '/api/streams/camera-seed');
    expect(detail.reconnect).toEqual({ enabled: true, max_attempts: 10, backoff_ms: 1000 });
    expect(detail.recording).toMatchObject({ enabled: true, segment_duration: 600, retention_days: 7 });
    expect(detail.source_url).toBe('rtsp://camera2.local:554/stream');
  });

  const good = { id: 'good', source_url: URL };
  test.each([
    ['malformed JSON', '{"id":', 'body'],
    ['no body', undefined, 'body'],
    ['an empty body', '', 'body'],
    ['a list', [], 'body'],
    ['a missing id', { source_url: URL }, 'id'],
    ['a missing URL', { id: 'good' }, 'source_url'],
    ['an id with a slash', { ...good, id: 'a/b' }, 'id'],
    ['an id that climbs', { ...good, id: '../a' }, 'id'],
    ['an id of 65 characters', { ...good, id: 'x'.repeat(65) }, 'id'],
    ['an unknown field', { ...good, color: 'red' }, 'color'],
    ['an unknown inner field', { ...good, recording: { quality: 1 } }, 'recording.quality'],
    ['__proto__', '{"id":"good","source_url":"rtsp://10.0.0.5/","__proto__":{"x":1}}', 'body'],
    ['a wrong type', { ...good, recording: { enabled: 'yes' } }, 'recording.enabled'],
    ['a segment too short', { ...good, recording: { segment_duration: 1 } }, 'recording.segment_duration'],
    ['retention of nothing', { ...good, recording: { retention_days: 0 } }, 'recording.retention_days'],
    ['a back-off too short', { ...good, reconnect: { backoff_ms: 1 } }, 'reconnect.backoff_ms'],
    ['attempts in halves', { ...good, reconnect: { max_attempts: 1.5 } }, 'reconnect.max_attempts'],
    ['a threshold above 1', { ...good, inference: { threshold: 2 } }, 'inference.threshold'],
    ['a transport of its own', { ...good, transport: 'sctp' }, 'transport'],
    ['srt', { ...good, source_url: 'srt://10.0.0.5/x' }, 'source_url'],
    ['mms', { ...good, source_url: 'mms://10.0.0.5/x' }, 'source_url'],
    ['ftp', { ...good, source_url: 'ftp://10.0.0.5/x' }, 'source_url'],
    ['a file', { ...good, source_url: 'file:///etc/passwd' }, 'source_url'],
    ['no URL at all', { ...good, source_url: '' }, 'source_url'],
    ['loopback', { ...good, source_url: 'rtsp://127.0.0.1/x' }, 'source_url'],
    ['loopback in short', { ...good, source_url: 'rtsp://127.1/x' }, 'source_url'],
    ['link-local', { ...good, source_url: 'rtsp://169.254.169.254/x' }, 'source_url'],
    ['a public address', { ...good, source_url: 'rtsp://8.8.8.8/x' }, 'source_url'],
    ['a service port', { ...good, source_url: 'rtsp://10.0.0.5:22/x' }, 'source_url'],
    ['hidden credentials', { ...good, source_url: 'rtsp://***:***@10.0.0.5/x' }, 'source_url'],
  ])('refuses %s and names the field', async (_what, body, field) => {
    const answer = await server.call('POST', '/api/streams', body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_CONFIGURATION', details: { field } });
  });

  test('takes inference as the document shows it, and says when no model is there', async () => {
    const inference = { enabled: true, model: 'yolov5', threshold: 0.5 };
    await server.expect(201, 'POST', '/api/streams', { ...good, id: 'looked-at', inference });
    const detail = await server.expect<StreamDetail>(200, 'GET', '/api/streams/looked-at');
    expect(detail.inference).toMatchObject({ ...inference, state: 'no_model', fps: 5, classes: [] });
    const patch = {
      inference: {
        classes: ['person'],
        zones: [
          [
            [0, 0],
            [1, 0],
            [0, 1],
          ],
        ],
      },
    };
    await server.expect(200, 'PUT', '/api/streams/looked-at', patch);
    const after = await server.expect<StreamDetail>(200, 'GET', '/api/streams/looked-at');
    expect(after.inference).toEqual({ ...detail.inference, ...patch.inference });
    await server.expect(204, 'DELETE', '/api/streams/looked-at');
  });

  test('names what is supported instead of srt', async () => {
    const answer = await server.call('POST', '/api/streams', { ...good, source_url: 'srt://10.0.0.5/x' });
    expect(errorOf(answer).message).toContain('only rtsp, rtsps');
  });

  test('refuses an id that is taken', async () => {
    const id = await create();
    const answer = await server.call('POST', '/api/streams', { id, source_url: URL });
    expect(answer.status).toBe(409);
    expect(errorOf(answer)).toMatchObject({ code: 'STREAM_ALREADY_EXISTS', details: { stream_id: id } });
  });

  test('of two that come together one wins', async () => {
    const body = { id: freshId(), source_url: URL };
    const both = await Promise.all([1, 2].map(() => server.call('POST', '/api/streams', body)));
    expect(both.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
  });
});

describe('GET /api/streams', () => {
  test('lists every stream in its shape, by pages', async () => {
    const ids = [await create(), await create(), await create({ recording: { enabled: true } })];
    const all = StreamList.parse(await server.expect(200, 'GET', '/api/streams?limit=500'));
    expect(all.streams.map((stream) => stream.id)).toEqual(expect.arrayContaining(ids));
    expect(all.total).toBe(all.streams.length);
    const page = StreamList.parse(await server.expect(200, 'GET', '/api/streams?limit=1&offset=1'));
    expect(page).toEqual({ streams: [all.streams[1]], total: all.total, limit: 1, offset: 1 });
    const plain = StreamList.parse(await server.expect(200, 'GET', '/api/streams'));
    expect(plain).toMatchObject({ limit: 50, offset: 0 });
  });

  test('shows what cannot be measured as null', async () => {
    const id = await create();
    const { streams } = StreamList.parse(await server.expect(200, 'GET', '/api/streams?limit=500'));
    expect(streams.find((stream) => stream.id === id)).toEqual({
      id,
      source_url: URL,
      status: 'initializing',
      state: 'connecting',
      on_demand: { enabled: false, grace: 10 },
      recording: { enabled: false, status: 'stopped', current_file: null, duration: 0 },
      metrics: {
        bitrate: null,
        framerate: null,
        resolution: null,
        packets_received: null,
        packets_lost: null,
      },
    });
  });

  test('filters by status and recording', async () => {
    const stopped = await create();
    await server.expect(200, 'POST', `/api/streams/${stopped}/stop`);
    const { streams } = StreamList.parse(await server.expect(200, 'GET', '/api/streams?status=inactive'));
    expect(streams.map((stream) => stream.id)).toEqual([stopped]);
    expect(await server.expect(200, 'GET', '/api/streams?status=active')).toMatchObject({ total: 0 });
    expect(await server.expect(200, 'GET', '/api/streams?recording=true')).toMatchObject({ total: 0 });
    expect(await server.expect(200, 'GET', '/api/streams?recording=false')).not.toMatchObject({ total: 0 });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=x', 'limit'],
    ['offset=-1', 'offset'],
    ['status=broken', 'status'],
    ['recording=maybe', 'recording'],
    ['sort=id', 'sort'],
  ])('refuses ?%s', async (query, field) => {
    const answer = await server.call('GET', `/api/streams?${query}`);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_CONFIGURATION', details: { field } });
  });
});

describe('PUT /api/streams/{id}', () => {
  test("merges the seed's patch and leaves the rest", async () => {
    const id = await create({
      recording: {
        ...{ enabled: true, segment_duration: 60, retention_days: 2, max_bytes: 5_000_000_000 },
        schedule: { time_zone: 'Europe/Berlin', mon: ['08:00-17:30'] },
      },
      reconnect: { max_attempts: 3 },
    });
    const patch = { recording: { enabled: false }, inference: { threshold: 0.7 } };
    const detail = StreamDetail.parse(await server.expect(200, 'PUT', `/api/streams/${id}`, patch));
    expect(detail.recording).toMatchObject({ enabled: false, segment_duration: 60, retention_days: 2 });
    expect(detail.inference).toMatchObject({ enabled: false, model: null, threshold: 0.7, state: 'off' });
    expect(detail.recording).toMatchObject({ max_bytes: 5_000_000_000, schedule: { mon: ['08:00-17:30'] } });
    expect(detail.reconnect.max_attempts).toBe(3);
    expect(await server.expect(200, 'GET', `/api/streams/${id}`)).toEqual(detail);
  });

  test('null goes back to the default', async () => {
    const id = await create({
      recording: { enabled: true, retention_days: 2 },
      reconnect: { backoff_ms: 200 },
    });
    const patch = { recording: { retention_days: null }, reconnect: null };
    const detail = await server.expect<StreamDetail>(200, 'PUT', `/api/streams/${id}`, patch);
    expect(detail.recording).toMatchObject({ enabled: true, retention_days: 36500 });
    expect(detail.reconnect).toEqual({ enabled: true, max_attempts: 0, backoff_ms: 1000 });
  });

  test.each([
    ['another id', { id: 'other' }, 'id'],
    ['an unknown field', { nope: 1 }, 'nope'],
    ['no source', { source_url: null }, 'source_url'],
    ['a class of no name', { inference: { classes: [''] } }, 'inference.classes.0'],
    ['a wrong type', { recording: 'yes' }, 'recording'],
    ['a denied address', { source_url: 'rtsp://127.0.0.1/x' }, 'source_url'],
    ['a list', [1], 'body'],
    ['nothing', '', 'body'],
  ])('refuses %s and changes nothing', async (_what, patch, field) => {
    const id = await create();
    const before = await server.expect(200, 'GET', `/api/streams/${id}`);
    const answer = await server.call('PUT', `/api/streams/${id}`, patch);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_CONFIGURATION', details: { field } });
    expect(await server.expect(200, 'GET', `/api/streams/${id}`)).toEqual(before);
  });

  test('takes application/merge-patch+json', async () => {
    const id = await create();
    const type = { 'content-type': 'application/merge-patch+json' };
    const answer = await server.call('PUT', `/api/streams/${id}`, { recording: { enabled: true } }, type);
    expect(answer.status).toBe(200);
  });
});

describe('DELETE and the commands', () => {
  test('a removed stream is gone and its id free', async () => {
    const id = await create();
    const answer = await server.call('DELETE', `/api/streams/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await server.call('GET', `/api/streams/${id}`)).status).toBe(404);
    await server.expect(201, 'POST', '/api/streams', { id, source_url: URL });
  });

  test.each([
    ['start', 'starting'],
    ['stop', 'stopping'],
    ['restart', 'restarting'],
  ])('%s answers %s, also with the JSON type and no body', async (verb, status) => {
    const id = await create();
    expect(await server.expect(200, 'POST', `/api/streams/${id}/${verb}`)).toEqual({ status });
    const typed = await server.call('POST', `/api/streams/${id}/${verb}`, '');
    expect([typed.status, typed.body]).toEqual([200, { status }]);
  });

  test('figures without an engine are null', async () => {
    const id = await create();
    const metrics = StreamMetricsDetail.parse(await server.expect(200, 'GET', `/api/streams/${id}/metrics`));
    expect(Object.values(metrics).flatMap((group) => Object.values(group))).toEqual(
      Array.from({ length: 15 }, () => null),
    );
  });
});

describe('an unknown stream', () => {
  test.each([
    ['GET', ''],
    ['PUT', ''],
    ['DELETE', ''],
    ['POST', '/start'],
    ['POST', '/stop'],
    ['POST', '/restart'],
    ['GET', '/metrics'],
    ['GET', '/recordings'],
  ])('%s /api/streams/camera-99%s', async (method, path) => {
    const answer = await server.call(
      method,
      `/api/streams/camera-99${path}`,
      method === 'PUT' ? {} : undefined,
    );
    expect(answer.status).toBe(ERRORS.STREAM_NOT_FOUND.status);
    expect(answer.body).toEqual({
      error: {
        code: 'STREAM_NOT_FOUND',
        message: "Stream with ID 'camera-99' not found",
        details: { stream_id: 'camera-99' },
      },
    });
    const bad = await server.call(method, `/api/streams/bad%21id${path}`, method === 'PUT' ? {} : undefined);
    expect(errorOf(bad)).toMatchObject({ code: 'INVALID_CONFIGURATION', details: { field: 'id' } });
  });
});
