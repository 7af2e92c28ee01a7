import { Camera, CameraList, StreamUrls } from '@nightjar/contract/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeEngine, TestServer } from '../../../testing/index.ts';

let server: TestServer;
let engine: FakeEngine;
let viewer: string;

beforeAll(async () => {
  server = await TestServer.start();
  await server.listen();
  engine = await FakeEngine.start(server.dataDir);
  await engine.desired();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const made = async (body: object) =>
  Camera.parse(await server.expect(201, 'POST', '/api/v1/cameras', { name: 'Yard', ...body }));
const shown = async (id: string) => Camera.parse(await server.expect(200, 'GET', `/api/v1/cameras/${id}`));
const post = async (id: string, verb: string, body?: object) =>
  Camera.parse(await server.expect(200, 'POST', `/api/v1/cameras/${id}/${verb}`, body));
const keyOf = ({ rtmp_url }: Camera): string => rtmp_url?.split('/').at(-1) ?? '';

describe('a camera', () => {
  test('is made with an address of its own, and is a stream of every other surface', async () => {
    const camera = await made({ name: 'Front door', serial_number: 'SN-1', location: 'Entrance' });
    expect(camera).toMatchObject({
      id: 'front-door',
      name: 'Front door',
      serial_number: 'SN-1',
      location: 'Entrance',
      status: 'offline',
      is_active: true,
      recording: false,
      streams: [{ id: 'front-door', kind: 'publish', source_url: 'publish:' }],
    });
    expect(camera.rtmp_url).toMatch(/^rtmp:\/\/localhost:1935\/live\/[\w-]{24}$/);
    const key = await server.expect<{ key: string }>(200, 'GET', '/api/streams/front-door/publish-key');
    expect(keyOf(camera)).toBe(key.key);
  });

  test('that is pulled has a stream of its id, and one beside it that is pushed', async () => {
    const camera = await made({ id: 'lane', source_url: 'rtsp://u:secret@10.0.0.5/x', recording: true });
    expect(camera.streams).toMatchObject([
      { id: 'lane', kind: 'pull', source_url: 'rtsp://***:***@10.0.0.5/x' },
      { id: 'lane-rtmp', kind: 'publish' },
    ]);
    expect(camera).toMatchObject({ stream_id: 'lane', recording: true, recording_status: 'waiting' });
    expect(camera.serial_number).toMatch(/^NJ-[0-9A-F]{10}$/);
    expect(keyOf(camera)).toHaveLength(24);
  });

  test('takes the state of its stream', async () => {
    const { id } = await made({ source_url: 'rtsp://10.0.0.5/x' });
    const at = new Date().toISOString();
    const live = { kind: 'stream.state', stream_id: id, state: 'live', previous: 'ready', at } as const;
    await engine.acknowledged(engine.fact(live));
    expect((await shown(id)).status).toBe('online');
    const failed = {
      ...live,
      state: 'failed',
      previous: 'live',
      fault: 'auth_failed',
      message: 'no',
    } as const;
    await engine.acknowledged(engine.fact(failed));
    expect(await shown(id)).toMatchObject({ status: 'error', last_error: { code: 'auth_failed' } });
  });

  test('is deactivated and activated with all its streams', async () => {
    const { id } = await made({ id: 'shed', source_url: 'rtsp://10.0.0.5/x' });
    expect(await post(id, 'deactivate')).toMatchObject({ is_active: false, status: 'offline' });
    const stopped = (name: string) => (stream: { id: string; running: boolean }) =>
      stream.id === name && !stream.running;
    await engine.desired(({ streams }) => ['shed', 'shed-rtmp'].every((name) => streams.some(stopped(name))));
    expect((await post(id, 'activate')).is_active).toBe(true);
    expect((await made({ id: 'off', is_active: false })).is_active).toBe(false);
  });

  test('has its recording toggled, or set', async () => {
    const { id } = await made({});
    expect((await post(id, 'toggle-recording')).recording).toBe(true);
    expect((await post(id, 'toggle-recording')).recording).toBe(false);
    expect((await post(id, 'toggle-recording', { recording: false })).recording).toBe(false);
  });

  test('gets another key', async () => {
    const before = await made({});
    const after = await post(before.id, 'rotate-key');
    expect(keyOf(after)).not.toBe(keyOf(before));
    expect(keyOf(await shown(before.id))).toBe(keyOf(after));
  });

  test('is updated; a source that it did not have is shown from then on', async () => {
    const { id } = await made({ recording: true });
    const put = (patch: object) => server.expect<Camera>(200, 'PUT', `/api/v1/cameras/${id}`, patch);
    const patch = {
      name: '마당',
      location: null,
      serial_number: `SN-${id}`,
      source_url: 'rtsp://10.0.0.5/x',
    };
    const after = await put(patch);
    expect(after).toMatchObject({ name: '마당', stream_id: `${id}-pull`, recording: true });
    expect(after.streams.map(({ kind }) => kind)).toEqual(['pull', 'publish']);
    expect((await put({ source_url: 'rtsp://10.0.0.6/y' })).streams[0]?.source_url).toBe('rtsp://10.0.0.6/y');
    expect((await put({ is_active: false, recording: false })).is_active).toBe(false);
  });

  test('goes with its streams, by whichever surface', async () => {
    await made({ id: 'gone', source_url: 'rtsp://10.0.0.5/x' });
    await server.expect(204, 'DELETE', '/api/v1/cameras/gone');
    await made({ id: 'gone2', source_url: 'rtsp://10.0.0.5/x' });
    await server.expect(204, 'DELETE', '/api/streams/gone2');
    for (const id of ['gone', 'gone2']) {
      expect((await server.call('GET', `/api/v1/cameras/${id}`)).status).toBe(404);
      expect((await server.call('GET', `/api/streams/${id}-rtmp`)).status).toBe(404);
    }
  });

  test('is there for every stream that another surface makes', async () => {
    await server.expect(201, 'POST', '/api/streams', { id: 's2-made', source_url: 'rtsp://10.0.0.5/x' });
    expect(await shown('s2-made')).toMatchObject({ name: 's2-made', serial_number: 's2-made' });
    await made({ id: 'mine', serial_number: 's2-next' });
    await server.expect(201, 'POST', '/api/streams', { id: 's2-next', source_url: 'rtsp://10.0.0.5/x' });
    expect((await shown('s2-next')).serial_number).toMatch(/^NJ-/);
    expect((await post('s2-next', 'rotate-key')).rtmp_url).not.toBeNull();
  });
});

describe('the list', () => {
  test.each([
    ['search=front', ['front-door']],
    ['search=SN-1', ['front-door']],
    ['search=entrance&recording=false', ['front-door']],
    ['is_active=false&search=off', []],
    ['search=nothing-like-it', []],
    ['status=online&search=lane', []],
  ])('%s', async (query, ids) => {
    const { items } = CameraList.parse(await server.expect(200, 'GET', `/api/v1/cameras?${query}`));
    expect(items.map(({ id }) => id)).toEqual(ids);
  });

  test('comes in pages, of a group, in the order that was asked for', async () => {
    const group = await server.expect<{ id: string }>(201, 'POST', '/api/v1/camera-groups', {
      name: 'two',
      cameras: ['lane', 'front-door', 'shed'],
    });
    const url = `/api/v1/cameras?group_id=${group.id}&sort=name&limit=2&offset=1`;
    const page = CameraList.parse(await server.expect(200, 'GET', url));
    expect(page).toMatchObject({ total: 3, limit: 2, offset: 1 });
    expect(page.items.map(({ id }) => id)).toEqual(['lane', 'shed']);
  });
});

describe('who may see and change', () => {
  test('a viewer knows the camera and not where it is pushed to', async () => {
    const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
      name: 'viewer',
      scopes: ['streams:read', 'cameras:read'],
    });
    viewer = `Bearer ${token}`;
    const headers = { authorization: viewer };
    const camera = await server.call('GET', '/api/v1/cameras/lane', undefined, headers);
    expect(camera.body).toMatchObject({ id: 'lane', rtmp_url: null });
    const urls = await server.call('GET', '/api/v1/streaming/camera/lane/urls', undefined, headers);
    expect(StreamUrls.parse(urls.body)).toMatchObject({ stream_id: 'lane', rtmp_url: null });
  });

  test('a grant on a camera reaches all of its streams', async () => {
    const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
      name: 'one camera',
      scopes: ['streams:read', 'cameras:read'],
      reach: 'granted',
      grants: [{ kind: 'camera', id: 'lane' }],
    });
    const headers = { authorization: `Bearer ${token}` };
    const list = await server.call('GET', '/api/v1/cameras', undefined, headers);
    expect((list.body as { items: Camera[] }).items.map(({ id }) => id)).toEqual(['lane']);
    expect((await server.call('GET', '/api/streams/lane-rtmp', undefined, headers)).status).toBe(200);
    expect((await server.call('GET', '/api/streams/shed', undefined, headers)).status).toBe(404);
  });

  test('addresses of media are those that were asked by', async () => {
    const urls = StreamUrls.parse(await server.expect(200, 'GET', '/api/v1/streaming/camera/lane/urls'));
    expect(urls.hls_url).toMatch(/^http:\/\/localhost:80\/live\/lane\/index\.m3u8\?ticket=/);
    expect(urls.mse_url).toMatch(/^ws:\/\/localhost:80\/live\/lane\/mse\?ticket=/);
    expect(urls.rtsp_url).toMatch(/^rtsp:\/\/localhost:\d+\/lane\?ticket=/);
  });
});

test.each([
  ['a serial number that is taken', 'POST', '', { name: 'x', serial_number: 'SN-1' }, 409, 'Conflict'],
  ['an id that is taken', 'POST', '', { name: 'x', id: 'lane' }, 409, 'Conflict'],
  ['no name', 'POST', '', {}, 400, 'Bad Request'],
  ['a field that is not known', 'POST', '', { name: 'x', speed: 1 }, 400, 'Bad Request'],
  ['a serial number with markup', 'POST', '', { name: 'x', serial_number: '<b>' }, 400, 'Bad Request'],
  [
    'a source on this machine',
    'POST',
    '',
    { name: 'x', source_url: 'rtsp://127.0.0.1/x' },
    400,
    'Bad Request',
  ],
  ['an update to a serial that is taken', 'PUT', '/lane', { serial_number: 'SN-1' }, 409, 'Conflict'],
  ['an update of nobody', 'PUT', '/nobody', { name: 'x' }, 404, 'Not Found'],
  ['a filter that is none', 'GET', '?status=blue', undefined, 400, 'Bad Request'],
])('%s is refused', async (_what, method, path, body, statusCode, error) => {
  const answer = await server.call(method, `/api/v1/cameras${path}`, body);
  expect(answer.body).toMatchObject({ statusCode, error });
  expect(answer.status).toBe(statusCode);
});
