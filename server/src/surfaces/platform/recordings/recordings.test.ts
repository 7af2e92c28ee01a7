import {
  DashboardStats,
  PlatformRecordingList,
  RecordingAnalytics,
  SignedUrl,
} from '@nightjar/contract/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

const NOW = new Date();
const TODAY = NOW.toISOString().slice(0, 10);
const NAMES = ['2026-01-02_03-04-05.mp4', '2026-01-02_04-04-05.mp4'] as const;
const ID = `yard~${NAMES[0]}`;

let server: TestServer;
let engine: FakeEngine;
let other: Record<string, string>;
const asked: { url: string; range: string | undefined }[] = [];
const deleted: unknown[] = [];

async function footage(stream_id: string, filename: string, start: string, open = false): Promise<void> {
  engine.fact({ kind: 'segment.opened', stream_id, filename, start });
  const end = new Date(Date.parse(start) + 600_000).toISOString();
  const sizes = { duration: 600, bytes: 1_000, recovered: false, reason: 'rotated' } as const;
  const closed = { kind: 'segment.closed', stream_id, filename, start, end, ...sizes } as const;
  const grown = { kind: 'segment.grown', stream_id, filename, start, duration: 5, bytes: 50 } as const;
  await engine.acknowledged(engine.fact(open ? grown : closed));
}

beforeAll(async () => {
  const dataDir = await newDataDir();
  server = await TestServer.start({ dataDir });
  await server.listen();
  engine = await FakeEngine.start(dataDir, {
    door: (request, response) => {
      asked.push({ url: request.url ?? '', range: request.headers.range });
      response.writeHead(206, { 'content-type': 'video/mp4', 'content-range': 'bytes 0-3/1000' }).end('moov');
    },
    onCommand: (command) => {
      deleted.push(command);
      return undefined;
    },
  });
  await engine.desired();
  for (const id of ['yard', 'lane']) {
    await server.expect(201, 'POST', '/api/v1/cameras', { id, name: `The ${id}`, recording: true });
  }
  await footage('yard', NAMES[0], '2026-01-02T03:04:05.000Z');
  await footage('yard', NAMES[1], '2026-01-02T04:04:05.000Z');
  await footage('yard', 'kept.mp4', '2026-01-01T00:00:00.000Z');
  await footage('lane', 'today.mp4', `${TODAY}T00:00:01.000Z`);
  await footage('lane', 'now.mp4', NOW.toISOString(), true);
  await server.expect(200, 'PATCH', '/api/streams/yard/recordings/kept.mp4', { protected: true });
  const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
    name: 'lane only',
    scopes: ['recordings:read', 'recordings:write', 'cameras:read'],
    reach: 'granted',
    grants: [{ kind: 'camera', id: 'lane', scopes: ['recordings:read', 'cameras:read'] }],
  });
  other = { authorization: `Bearer ${token}` };
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('the list', () => {
  test.each([
    ['', ['now.mp4', 'today.mp4', NAMES[1], NAMES[0], 'kept.mp4']],
    ['sort=oldest&limit=2', ['kept.mp4', NAMES[0]]],
    ['camera_id=yard', [NAMES[1], NAMES[0], 'kept.mp4']],
    ['stream_id=lane&status=completed', ['today.mp4']],
    ['status=recording', ['now.mp4']],
    ['protected=true', ['kept.mp4']],
    ['start_date=2026-01-02&end_date=2026-01-02', ['now.mp4', NAMES[1], NAMES[0]]],
    ['camera_id=yard&start_date=2026-01-02T03:30:00Z', [NAMES[1]]],
    ['camera_id=yard&storage_tier=hot&sort=newest&offset=2', ['kept.mp4']],
    ['storage_tier=cold', []],
    ['camera_id=nobody', []],
  ])('%s', async (query, names) => {
    const list = PlatformRecordingList.parse(await server.expect(200, 'GET', `/api/v1/recordings?${query}`));
    const day = 'start_date=2026-01-02&end_date=2026-01-02';
    const expected = query === day ? names.filter((name) => name !== 'now.mp4') : names;
    expect(list.items.map(({ filename }) => filename)).toEqual(expected);
  });

  test('has totals of all that match, and shows what is within reach alone', async () => {
    const mine = PlatformRecordingList.parse(
      await server.expect(200, 'GET', '/api/v1/recordings?limit=1&camera_id=yard'),
    );
    expect(mine).toMatchObject({ total: 3, total_size: 3000, total_duration: 1800, limit: 1, offset: 0 });
    const seen = await server.call('GET', '/api/v1/recordings', undefined, other);
    expect((seen.body as { items: { camera_id: string }[] }).items.map((item) => item.camera_id)).toEqual([
      'lane',
      'lane',
    ]);
  });
});

describe('one recording', () => {
  test('in full', async () => {
    expect(await server.expect(200, 'GET', `/api/v1/recordings/${ID}`)).toEqual({
      id: ID,
      camera_id: 'yard',
      camera_name: 'The yard',
      stream_id: 'yard',
      filename: NAMES[0],
      status: 'completed',
      started_at: '2026-01-02T03:04:05.000Z',
      ended_at: '2026-01-02T03:14:05.000Z',
      duration: 600,
      size: 1000,
      storage_tier: 'hot',
      protected: false,
      close_reason: 'rotated',
    });
  });

  test('is downloaded with ranges', async () => {
    const answer = await server.call('GET', `/api/v1/recordings/${ID}/download`, undefined, {
      range: 'bytes=0-3',
    });
    expect([answer.status, answer.text]).toEqual([206, 'moov']);
    expect(answer.headers).toMatchObject({
      'content-range': 'bytes 0-3/1000',
      'content-disposition': `attachment; filename="yard_${NAMES[0]}"`,
    });
    expect(asked.at(-1)).toEqual({ url: `/live/yard/footage/${NAMES[0]}`, range: 'bytes=0-3' });
  });

  test('is downloaded by a signed address without signing in, and by no other', async () => {
    const signed = SignedUrl.parse(
      await server.expect(200, 'GET', `/api/v1/recordings/${ID}/signed-url?expires_in=60`),
    );
    expect(Date.parse(signed.expires_at)).toBeGreaterThan(Date.now() + 50_000);
    const { pathname, search } = new URL(signed.url);
    const open = { authorization: '' };
    expect((await server.call('GET', `${pathname}${search}`, undefined, open)).status).toBe(206);
    expect(asked.at(-1)?.url).toBe(`/live/yard/footage/${NAMES[0]}`);
    const elsewhere = pathname.replace(NAMES[0], NAMES[1]);
    for (const url of [`${elsewhere}${search}`, pathname, `${pathname}?expires=99999999999&signature=x`]) {
      expect((await server.call('GET', url, undefined, open)).body).toMatchObject({ statusCode: 401 });
    }
  });

  test.each([
    ['GET', `/${ID}`, 404],
    ['GET', `/${ID}/download`, 404],
    ['GET', `/${ID}/signed-url`, 404],
    ['DELETE', `/${ID}`, 404],
    ['GET', '/lane~today.mp4', 200],
    ['DELETE', '/lane~today.mp4', 403],
  ])('%s %s of who reaches another camera alone: %i', async (method, path, status) => {
    expect((await server.call(method, `/api/v1/recordings${path}`, undefined, other)).status).toBe(status);
  });

  test.each([
    ['GET', '/nothing', 400, 'Bad Request'],
    ['GET', '/yard~none.mp4', 404, 'Not Found'],
    ['GET', '/yard~..%2f..%2fetc', 400, 'Bad Request'],
    ['GET', '/lane~now.mp4/signed-url', 409, 'Conflict'],
    ['GET', `/${ID}/signed-url?expires_in=0`, 400, 'Bad Request'],
    ['DELETE', '/yard~kept.mp4', 409, 'Conflict'],
    ['DELETE', '/lane~now.mp4', 409, 'Conflict'],
  ])('%s %s is refused', async (method, path, statusCode, error) => {
    const answer = await server.call(method, `/api/v1/recordings${path}`);
    expect(answer.body).toMatchObject({ statusCode, error });
  });
});

describe('the dashboard', () => {
  test('counts what is within reach', async () => {
    const stats = DashboardStats.parse(await server.expect(200, 'GET', '/api/v1/dashboard/stats'));
    expect(stats).toMatchObject({
      cameras: { total: 2, online: 0, offline: 2, error: 0, active: 2, recording: 1 },
      recordings: { count: 5, size: 4050, growing: 1, today: { count: 2 } },
      storage: { footage: 4050 },
      system: { status: 'healthy', version: '0.1.0' },
    });
    const seen = await server.call('GET', '/api/v1/dashboard/stats', undefined, other);
    expect(seen.body).toMatchObject({ cameras: { total: 1 }, recordings: { count: 2 } });
  });

  test('shows footage by day, camera and tier', async () => {
    const url = '/api/v1/dashboard/analytics/recordings?days=2';
    const analytics = RecordingAnalytics.parse(await server.expect(200, 'GET', url));
    expect(analytics).toMatchObject({
      to: TODAY,
      totals: { count: 2 },
      days: [{ count: 0 }, { date: TODAY, count: 2 }],
      cameras: [{ camera_id: 'lane', name: 'The lane', count: 2 }],
      tiers: [{ tier: 'hot', count: 2 }],
    });
    expect(analytics.days_until_full).toBeGreaterThan(0);
  });

  test('shows each camera in figures', async () => {
    const list = await server.expect<{ items: object[] }>(
      200,
      'GET',
      '/api/v1/dashboard/analytics/cameras?limit=1',
    );
    expect(list).toMatchObject({
      total: 2,
      items: [{ camera_id: 'yard', footage: { count: 3, size: 3000 } }],
    });
  });

  test('shows the machine', async () => {
    expect(await server.expect(200, 'GET', '/api/v1/dashboard/system/metrics')).toMatchObject({
      engine: { connected: true },
      streams: { total: 2, live: 0, bitrate: 0 },
      viewers: { total: 0, by_protocol: {} },
    });
    expect((await server.call('GET', '/api/v1/dashboard/system/metrics', undefined, other)).status).toBe(403);
  });

  test('tells what happened and who did it, newest first, to who may know', async () => {
    const feed = async (query: string, headers?: Record<string, string>) =>
      (await server.call('GET', `/api/v1/dashboard/activity?limit=500&${query}`, undefined, headers))
        .body as {
        items: { type: string; camera_id: string | null; actor: string | null; at: string }[];
      };
    const all = await feed('');
    expect(all.items.map(({ at }) => at)).toEqual(
      all.items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect((await feed('type=camera.created')).items).toMatchObject([{ actor: 'environment' }, {}]);
    expect((await feed('type=segment.opened&camera_id=lane')).items).toHaveLength(2);
    const middle = all.items[Math.floor(all.items.length / 2)]!.at;
    const before = (await feed(`to=${middle}`)).items;
    const after = (await feed(`from=${middle}`)).items;
    expect(before.every(({ at }) => at < middle) && after.every(({ at }) => at >= middle)).toBe(true);
    expect(after.length).toBeGreaterThan(0);
    const seen = await feed('', other);
    expect(new Set(seen.items.map(({ camera_id }) => camera_id))).toEqual(new Set(['lane']));
    expect(seen.items.every(({ actor }) => actor === null)).toBe(true);
  });
});

describe('the tiers', () => {
  test('are listed, and a recording goes to none that is not set up', async () => {
    const list = await server.expect<{ items: object[] }>(200, 'GET', '/api/v1/storage-tiers');
    expect(list.items[0]).toMatchObject({ tier: 'hot', kind: 'folder', files: 5, size: 4050 });
    const archive = (body?: object) => server.call('POST', `/api/v1/recordings/${ID}/archive`, body);
    expect((await archive()).body).toMatchObject({ statusCode: 409 });
    expect((await archive({ tier: 'cold' })).body).toMatchObject({ statusCode: 400 });
    expect((await server.call('POST', `/api/v1/recordings/${ID}/restore`)).body).toMatchObject({
      target_tier: 'hot',
      status: 'done',
    });
  });
});

describe('recorded originals', () => {
  const SEALED = '2026-01-03_00-00-00.mp4.sealed';
  const token = async (scopes: string[], grants?: object[]) => {
    const reach = grants ? { reach: 'granted', grants } : {};
    const body = { name: scopes.join(' '), scopes, ...reach };
    const made = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', body);
    return { authorization: `Bearer ${made.token}` };
  };
  const ALL = ['recordings:read', 'recordings:write', 'streams:unblurred', 'originals:read'];
  const names = (body: unknown) =>
    (body as { items: { filename: string }[] }).items.map((one) => one.filename);

  beforeAll(async () => {
    await footage('yard', SEALED, '2026-01-03T00:00:00.000Z');
    await footage('lane', SEALED, '2026-01-03T00:00:00.000Z');
  });

  test('are listed by themselves, for who may open them, of the streams of which they may', async () => {
    const list = (headers?: Record<string, string>, query = '') =>
      server.call('GET', `/api/v1/recordings?original=true${query}`, undefined, headers);
    const all = await list();
    expect([all.status, names(all.body)]).toEqual([200, [SEALED, SEALED]]);
    expect(all.body).toMatchObject({ total: 2, total_size: 2_000 });
    expect(names((await list(undefined, '&camera_id=lane')).body)).toEqual([SEALED]);
    const plain = await server.call('GET', '/api/v1/recordings?limit=500');
    expect(names(plain.body)).not.toContain(SEALED);
    const lane = await list(await token(ALL, [{ kind: 'camera', id: 'lane', scopes: ALL }]));
    expect((lane.body as { items: { stream_id: string }[] }).items.map((one) => one.stream_id)).toEqual([
      'lane',
    ]);
    const half = await list(await token(ALL, [{ kind: 'camera', id: 'lane', scopes: ['recordings:read'] }]));
    expect([half.status, names(half.body)]).toEqual([200, []]);
    for (const missing of ALL.filter((scope) => scope !== 'recordings:write')) {
      const answer = await list(await token(ALL.filter((scope) => scope !== missing)));
      expect([missing, answer.status]).toEqual([missing, 403]);
    }
  });

  test('are deleted by who may open and change them, and by nobody else', async () => {
    const path = `/api/v1/recordings/lane~${SEALED}`;
    const blind = await token(['recordings:read', 'recordings:write', 'streams:unblurred']);
    expect((await server.call('DELETE', path, undefined, blind)).status).toBe(404);
    const unable = await token(ALL.filter((scope) => scope !== 'recordings:write'));
    expect((await server.call('DELETE', path, undefined, unable)).status).toBe(403);
    for (const other of [path, `${path}/download`, `${path}/signed-url`])
      expect((await server.call('GET', other)).status).toBe(404);
    await server.expect(204, 'DELETE', path);
    expect(deleted.at(-1)).toMatchObject({ stream_id: 'lane', filenames: [SEALED] });
  });
});

test('a recording is deleted by the engine, and gone', async () => {
  await server.expect(204, 'DELETE', `/api/v1/recordings/${ID}`);
  expect(deleted.at(-1)).toMatchObject({ type: 'delete_footage', stream_id: 'yard', filenames: [NAMES[0]] });
  expect((await server.call('GET', `/api/v1/recordings/${ID}`)).status).toBe(404);
});
