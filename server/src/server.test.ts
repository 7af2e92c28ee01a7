import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, FakeClock, FakeEngine, newDataDir, TestServer } from './testing/index.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const portsOf = async () => JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8'));
const readyLine = (server: TestServer) => eventually(() => server.printed[0]);

describe('readiness', () => {
  test('is told once, when both programs serve', async () => {
    await using server = await TestServer.start({ dataDir });
    const base = await server.listen();
    expect([server.printed, (await readdir(dataDir)).includes('ports.json')]).toEqual([[], false]);
    const http = Number(new URL(base).port);
    {
      await using _engine = await FakeEngine.start(dataDir);
      expect(await readyLine(server)).toBe(
        `Nightjar is ready at http://localhost:${http}  sign in with your administrator token`,
      );
      expect(await portsOf()).toEqual({ http, rtsp: 8554 });
    }
    await using again = await FakeEngine.start(dataDir);
    await again.desired();
    expect(server.printed).toHaveLength(1);
  });

  test('names the given token when asked to', async () => {
    await using server = await TestServer.start({ dataDir, printSignIn: true });
    await server.listen();
    await using _engine = await FakeEngine.start(dataDir);
    expect(await readyLine(server)).toContain(`sign in with the token ${server.token}`);
  });

  test('the first start shows a new token, which no file holds; the next start shows none', async () => {
    let token: string;
    {
      await using server = await TestServer.start({ dataDir, adminToken: null });
      await server.listen();
      await using _engine = await FakeEngine.start(dataDir);
      token = /the token (nj_[A-Za-z0-9_-]{43})$/.exec(await readyLine(server))?.[1] ?? '';
      const answer = await server.call('GET', '/api/streams', undefined, {
        authorization: `Bearer ${token}`,
      });
      expect(answer.status).toBe(200);
      expect(server.logged.join('')).not.toContain(token);
    }
    for (const entry of await readdir(dataDir, { recursive: true })) {
      const path = join(dataDir, entry);
      if ((await stat(path)).isFile()) expect((await readFile(path)).includes(token)).toBe(false);
    }
    await using server = await TestServer.start({ dataDir, adminToken: null });
    await server.listen();
    await using _engine = await FakeEngine.start(dataDir);
    expect(await readyLine(server)).toMatch(/sign in with your administrator token$/);
    const answer = await server.call('GET', '/api/streams', undefined, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
  });
});

test('streams outlive a restart, credentials too', async () => {
  const stream = {
    id: 'yard',
    source_url: 'rtsp://admin:hunter2@10.0.0.5:554/stream',
    recording: { enabled: true, segment_duration: 60, retention_days: 3 },
    inference: { model: 'yolov5', threshold: 0.5 },
    reconnect: { enabled: false, max_attempts: 4, backoff_ms: 500 },
  };
  let before: unknown;
  {
    await using server = await TestServer.start({ dataDir });
    await server.expect(201, 'POST', '/api/streams', stream);
    await server.expect(200, 'POST', '/api/streams/yard/stop');
    before = await server.expect(200, 'GET', '/api/streams/yard');
  }
  await using server = await TestServer.start({ dataDir });
  expect(await server.expect(200, 'GET', '/api/streams/yard')).toEqual(before);
  await server.listen();
  await using engine = await FakeEngine.start(dataDir);
  const [desired] = (await engine.desired()).streams;
  expect(desired).toMatchObject({ running: false, source: { username: 'admin', password: 'hunter2' } });
  expect(desired?.reconnect).toEqual(stream.reconnect);
});

describe('/health and /api/status', () => {
  test('health is open and says three things', async () => {
    const clock = new FakeClock();
    await using server = await TestServer.start({ dataDir, clock });
    clock.advance(3_600_900);
    const answer = await server.call('GET', '/health', undefined, { authorization: '' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'healthy', uptime: 3600, version: '0.1.0' },
    ]);
  });

  test('status counts and measures', async () => {
    const clock = new FakeClock();
    await using server = await TestServer.start({ dataDir, clock });
    const first = await server.expect<Record<string, unknown>>(200, 'GET', '/api/status');
    expect(first).toMatchObject({
      active_streams: 0,
      total_streams: 0,
      recording_streams: 0,
      cpu_usage: null,
    });
    const disk = first['disk_usage'] as { used: number; total: number };
    expect(disk.used).toBeGreaterThan(0);
    expect(disk.total).toBeGreaterThan(disk.used);
    expect(first['memory_usage']).toBeGreaterThan(1_000_000);
  });
});

describe('the page and the description', () => {
  test('every route stands in /openapi.json with its policy', async () => {
    await using server = await TestServer.start({ dataDir });
    type Operation = {
      security: unknown[];
      responses: Record<string, unknown>;
      requestBody?: { required: boolean };
    };
    const document = await server.expect<{ paths: Record<string, Record<string, Operation>> }>(
      200,
      'GET',
      '/openapi.json',
    );
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/backup',
        '/api/backup/{job_id}',
        '/api/config',
        '/api/config/history',
        '/api/config/history/{version}',
        '/api/config/history/{version}/rollback',
        '/api/config/reload',
        '/api/events',
        '/api/events/ticket',
        '/api/metrics',
        '/api/restore',
        '/api/status',
        '/api/streams',
        '/api/streams/{id}',
        '/api/streams/{id}/metrics',
        '/api/streams/{id}/recording/pause',
        '/api/streams/{id}/recording/resume',
        '/api/streams/{id}/recording/start',
        '/api/streams/{id}/recording/stop',
        '/api/streams/{id}/recordings',
        '/api/streams/{id}/restart',
        '/api/streams/{id}/start',
        '/api/streams/{id}/stop',
        '/api/v1/auth/login',
        '/api/v1/auth/refresh',
        '/health',
        '/live/{id}/footage/{filename}',
        '/live/{id}/play.mp4',
        '/live/{id}/playback.m3u8',
        '/live/{id}/{*}',
      ]),
    );
    expect(document.paths['/health']?.['get']?.security).toEqual([]);
    expect(document.paths['/api/streams']?.['post']?.security).toEqual([{ token: [] }]);
    expect(Object.keys(document.paths['/api/streams']?.['post']?.responses ?? {})).toContain('201');
    const needsBody = (path: string) => document.paths[path]?.['post']?.requestBody?.required;
    expect(['/api/streams', '/api/restore', '/api/v1/auth/login'].map(needsBody)).toEqual([true, true, true]);
    expect(['/api/streams/{id}/recording/start', '/api/backup'].map(needsBody)).toEqual([false, false]);
  });

  test('every reference of /openapi.json leads somewhere', async () => {
    await using server = await TestServer.start({ dataDir });
    const { text, body } = await server.call('GET', '/openapi.json');
    const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? ''));
    expect(references.size).toBeGreaterThan(100);
    const at = (path: string): unknown =>
      path
        .split('/')
        .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], body);
    expect([...references].filter((path) => path.includes('#') || at(path) === undefined)).toEqual([]);
  });

  test('Swagger UI and ReDoc are served from their own files', async () => {
    await using server = await TestServer.start({ dataDir });
    for (const [url, type] of [
      ['/docs', 'text/html'],
      ['/docs/start.js', 'text/javascript'],
      ['/docs/swagger-ui.css', 'text/css'],
      ['/docs/swagger-ui-bundle.js', 'application/javascript'],
      ['/redoc', 'text/html'],
      ['/redoc/start.js', 'text/javascript'],
      ['/redoc/redoc.standalone.js', 'application/javascript'],
    ] as const) {
      const answer = await server.call('GET', url, undefined, { authorization: '' });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toContain(type);
    }
    expect((await server.call('GET', '/docs/../package.json')).status).not.toBe(200);
  });
});

test('a data folder of a newer program is refused', async () => {
  await mkdir(join(dataDir, 'keys'), { recursive: true });
  await writeFile(join(dataDir, 'keys', 'secrets.key'), 'not a key');
  await expect(TestServer.start({ dataDir })).rejects.toThrow('secrets.key');
});
