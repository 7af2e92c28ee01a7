import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_EXAMPLE, ConfigReloaded, ConfigUpdated, ManagerConfig } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventClient, errorOf, FakeEngine, TestServer } from '../../../testing/index.ts';

const FILE = `# The yard.
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
recording:
  # Kept for the insurer.
  retention_days: 30
`;
let server: TestServer;
let file: string;
beforeEach(async () => {
  server = await TestServer.start({ config: FILE });
  file = join(server.dataDir, 'nightjar.yaml');
});
afterEach(() => server[Symbol.asyncDispose]());

const put = (patch: unknown) => server.call('PUT', '/api/config', patch);
const config = async () => ManagerConfig.parse(await server.expect(200, 'GET', '/api/config'));
const reload = async () => ConfigReloaded.parse(await server.expect(200, 'POST', '/api/config/reload'));

describe('GET /api/config', () => {
  test("has the seed's sections and no path of the machine", async () => {
    expect(await config()).toEqual({
      ...CONFIG_EXAMPLE,
      recording: { ...CONFIG_EXAMPLE.recording, base_path: 'recordings', retention_days: 30 },
      network: { ...CONFIG_EXAMPLE.network, allow: [] },
      limits: { ...CONFIG_EXAMPLE.limits, reads_per_minute: 100_000, writes_per_minute: 100_000 },
    });
    expect((await server.call('GET', '/api/config')).text).not.toContain(server.dataDir);
  });
});

describe('PUT /api/config', () => {
  test("writes the seed's patch, keeps the comments, and counts after the reload", async () => {
    const answer = await put({ recording: { retention_days: 14 } });
    expect(answer.status).toBe(200);
    const updated = ConfigUpdated.parse(answer.body);
    expect(updated).toMatchObject({
      config: { recording: { retention_days: 14 } },
      reload_required: ['recording.retention_days'],
      restart_required: [],
    });
    expect((await config()).recording.retention_days).toBe(30);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# The yard.');
    expect(text).toContain('# Kept for the insurer.\n  retention_days: 14');
    expect(await reload()).toEqual({ applied: ['recording.retention_days'], restart_required: [] });
    expect((await config()).recording.retention_days).toBe(14);
    expect(await reload()).toEqual({ applied: [], restart_required: [] });
  });

  test('says what only the next start can change, and leaves it', async () => {
    const answer = await put({ server: { port: 3001 }, recording: { base_path: 'elsewhere' } });
    expect(answer.body).toMatchObject({
      config: { server: { port: 3001 }, recording: { base_path: 'elsewhere' } },
      reload_required: [],
      restart_required: ['server.port', 'recording.base_path'],
    });
    expect(await reload()).toEqual({
      applied: [],
      restart_required: ['server.port', 'recording.base_path'],
    });
    expect(await config()).toMatchObject({ server: { port: 3000 }, recording: { base_path: 'recordings' } });
  });

  test('null goes back to the default', async () => {
    await put({ recording: { retention_days: null } });
    await reload();
    expect((await config()).recording.retention_days).toBe(7);
  });

  test('keeps who may read the file, and leaves nothing beside it', async () => {
    await chmod(file, 0o600);
    await put({ metrics: { open_to_loopback: true } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(server.dataDir)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('of two that come together neither is lost', async () => {
    await Promise.all([
      put({ recording: { retention_days: 3 } }),
      put({ recording: { segment_duration: 60 } }),
      put({ metrics: { open_to_loopback: true } }),
    ]);
    expect((await reload()).applied.toSorted()).toEqual([
      'metrics.open_to_loopback',
      'recording.retention_days',
      'recording.segment_duration',
    ]);
  });

  test.each([
    ['an unknown section', { colour: 'red' }, 'colour'],
    ['an unknown key', { recording: { retention_dayz: 1 } }, 'recording.retention_dayz'],
    ['a value out of bounds', { recording: { retention_days: 0 } }, 'recording.retention_days'],
    ['a wrong kind', { server: { port: '3000' } }, 'server.port'],
    ['no section', { recording: 5 }, 'recording'],
    ['a network that is none', { network: { allow: ['10/8'] } }, 'network.allow.0'],
    ['what is not configured here', { cameras: { enabled: true } }, 'cameras'],
    ['a list', [], 'body'],
    ['nothing', undefined, 'body'],
    ['no JSON', '{"recording":', 'body'],
  ])('refuses %s and leaves the file', async (_what, patch, field) => {
    const answer = await put(patch);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
    expect(errorOf(answer).details['field']).toBe(field);
    expect(await readFile(file, 'utf8')).toBe(FILE);
  });
});

describe('POST /api/config/reload', () => {
  test('refuses a file that is broken, names its keys and goes on as before', async () => {
    await writeFile(file, 'recording: {retention_dayz: 3}\nserver: {port: x}\n');
    const answer = await server.call('POST', '/api/config/reload');
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
    expect(errorOf(answer).details['issues']).toHaveLength(2);
    expect(answer.text).not.toContain(server.dataDir);
    expect((await config()).recording.retention_days).toBe(30);
    const later = await put({ recording: { retention_days: 1 } });
    expect(later.status).toBe(400);
  });

  test('tells the engine what changed, and every stream stays what it was', async () => {
    const address = await server.listen();
    await using engine = await FakeEngine.start(server.dataDir);
    for (const id of ['a', 'b']) {
      const recording = id === 'a' ? {} : { segment_duration: 60 };
      await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x', recording });
    }
    const before = await engine.desired(({ streams }) => streams.length === 2);
    await using client = new EventClient(`${address.replace('http', 'ws')}/api/events`, {
      authorization: `Bearer ${server.token}`,
    });
    await client.ofType('events.ready');
    await put({ recording: { segment_duration: 300 }, network: { allow: ['127.0.0.1/32'] } });
    await reload();
    const after = await engine.desired(({ outbound }) => outbound.allow.length === 1);
    expect(after.streams.map(({ recording }) => recording.segment_duration)).toEqual([300, 60]);
    const rest = ({ recording: _recording, ...stream }: (typeof after.streams)[number]) => stream;
    expect(after.streams.map(rest)).toEqual(before.streams.map(rest));
    expect(await client.ofType('system.config_reloaded')).toMatchObject({
      keys: ['recording.segment_duration', 'network.allow'],
    });
    const loopback = { id: 'c', source_url: 'rtsp://127.0.0.1:8554/x' };
    expect((await server.call('POST', '/api/streams', loopback)).status).toBe(201);
  });

  test('limits and the open metrics count at once', async () => {
    await put({ limits: { reads_per_minute: 3 }, metrics: { open_to_loopback: true } });
    await reload();
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await server.call('GET', '/api/status')).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    const open = await server.app.inject({ url: '/api/metrics', headers: { host: 'localhost' } });
    expect(open.statusCode).toBe(200);
  });
});

test.each([
  ['GET', '/api/config'],
  ['PUT', '/api/config'],
  ['POST', '/api/config/reload'],
])('%s %s is not for strangers', async (method, url) => {
  const answer = await server.call(method, url, method === 'PUT' ? {} : undefined, { authorization: '' });
  expect([answer.status, errorOf(answer).code]).toEqual([401, 'UNAUTHORIZED']);
});

test('a file that is not there is made', async () => {
  await rm(file);
  expect((await reload()).applied).toContain('recording.retention_days');
  expect((await put({ recording: { retention_days: 9 } })).status).toBe(200);
  expect(await readFile(file, 'utf8')).toBe('recording:\n  retention_days: 9\n');
});

test('what was written counts at the next start', async () => {
  await put({ recording: { segment_duration: 120 } });
  await server.close();
  await using again = await TestServer.start({ dataDir: server.dataDir });
  expect(again.config.recording).toMatchObject({ segment_duration: 120, retention_days: 30 });
});
