import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BackupAccepted, BackupJob } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, eventually, FakeEngine, TestServer } from '../../testing/index.ts';

const CONFIG = `# The yard.
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
recording: {retention_days: 30}
`;
const SECRET = 'canary-pass-9f2e';
let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start({ config: CONFIG });
});
afterEach(() => server[Symbol.asyncDispose]());

const create = (id: string) =>
  server.expect(201, 'POST', '/api/streams', {
    id,
    source_url: `rtsp://admin:${SECRET}@10.0.0.5/x`,
    recording: { enabled: true, retention_days: 3 },
  });
const ids = async () =>
  (await server.expect<{ streams: { id: string }[] }>(200, 'GET', '/api/streams')).streams.map(
    ({ id }) => id,
  );
const inFolder = (name: string) => join(server.dataDir, 'backups', name);

/** The job once it is over. */
async function done(path: string, body?: unknown): Promise<BackupJobShape> {
  const { job_id, status } = BackupAccepted.parse(await server.expect(202, 'POST', path, body));
  expect(status).toBe('running');
  return eventually(async () => {
    const job = BackupJob.parse(await server.expect(200, 'GET', `/api/backup/${job_id}`));
    return job.status === 'running' ? undefined : job;
  });
}
type BackupJobShape = ReturnType<typeof BackupJob.parse>;

const backup = (name = 'one.tar.gz') => done('/api/backup', { destination: `/backups/${name}` });
const restore = (over: object = {}) => done('/api/restore', { backup_file: '/backups/one.tar.gz', ...over });

describe('backup', () => {
  test("answers the seed's job, and the archive is for its owner alone", async () => {
    await create('a');
    const job = await backup('stream-manager-backup.tar.gz');
    const path = inFolder('stream-manager-backup.tar.gz');
    expect(job).toMatchObject({
      status: 'completed',
      progress: 100,
      file: '/backups/stream-manager-backup.tar.gz',
      size: (await stat(path)).size,
      error: null,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(server.dataDir, 'backups'))).toEqual(['stream-manager-backup.tar.gz']);
    expect(await readdir(server.dataDir)).not.toContain('scratch');
    const inside = gunzipSync(await readFile(path)).toString('latin1');
    expect(inside).toContain('manifest.json');
    for (const secret of [SECRET, server.token]) expect(inside).not.toContain(secret);
  });

  test('makes up a name, and needs no body', async () => {
    const job = await done('/api/backup');
    expect(job.file).toMatch(/^\/backups\/nightjar-\d{8}T\d{6}Z-[0-9a-f]{4}\.tar\.gz$/);
    await backup();
    const again = await server.call('POST', '/api/backup', { destination: 'one.tar.gz' });
    expect(errorOf(again)).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      details: { field: 'destination' },
    });
  });

  test.each([
    ['a name that climbs', 'backup', { destination: '../x.tar.gz' }, 'destination'],
    ['a path', 'backup', { destination: '/etc/x.tar.gz' }, 'destination'],
    ['a folder below', 'backup', { destination: '/backups/a/x.tar.gz' }, 'destination'],
    ['another kind', 'backup', { destination: 'x.sh' }, 'destination'],
    ['footage', 'backup', { include_recordings: true }, 'include_recordings'],
    ['an unknown field', 'backup', { color: 1 }, 'color'],
    ['nothing to restore', 'restore', undefined, 'body'],
    ['a backup that is not there', 'restore', { backup_file: 'none.tar.gz' }, 'backup_file'],
    ['a backup elsewhere', 'restore', { backup_file: '/backups/../nightjar.db' }, 'backup_file'],
  ])('refuses %s', async (_what, verb, body, field) => {
    const answer = await server.call('POST', `/api/${verb}`, body);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
    expect(errorOf(answer).details['field']).toBe(field);
  });

  test('of an unknown job says so', async () => {
    const answer = await server.call('GET', '/api/backup/backup-99');
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('restore', () => {
  test('brings back streams, secrets and configuration, and tells the engine', async () => {
    await server.listen();
    await using engine = await FakeEngine.start(server.dataDir);
    for (const id of ['a', 'b']) await create(id);
    const before = await server.expect(200, 'GET', '/api/streams/a');
    await backup();
    await server.expect(204, 'DELETE', '/api/streams/a');
    await server.expect(200, 'PUT', '/api/streams/b', { recording: { retention_days: 9 } });
    await create('c');
    await server.expect(200, 'PUT', '/api/config', { recording: { retention_days: 1 } });
    await server.expect(200, 'POST', '/api/config/reload');
    const received = engine.received.length;
    expect(await restore()).toMatchObject({ status: 'completed', progress: 100, error: null });
    expect(await ids()).toEqual(['a', 'b']);
    expect(await server.expect(200, 'GET', '/api/streams/a')).toEqual(before);
    expect(server.config.recording.retention_days).toBe(30);
    expect(await readFile(join(server.dataDir, 'nightjar.yaml'), 'utf8')).toBe(CONFIG);
    await engine.until((messages) =>
      messages
        .slice(received)
        .find(
          (message) =>
            message.type === 'desired' &&
            message.desired.streams.map(({ id }) => id).join() === 'a,b' &&
            message.desired.streams.every(({ source }) => source.password === SECRET),
        ),
    );
    // The files are the truth of footage: all of them are asked for.
    const asked = await engine.command('inventory');
    expect(asked.since).toBe('1970-01-01T00:00:00.000Z');
  });

  test('only what is asked for', async () => {
    await create('a');
    await backup();
    await server.expect(204, 'DELETE', '/api/streams/a');
    await server.expect(200, 'PUT', '/api/config', { recording: { retention_days: 1 } });
    await restore({ restore_state: false });
    expect(await ids()).toEqual([]);
    expect(server.config.recording.retention_days).toBe(30);
    await server.expect(200, 'PUT', '/api/config', { recording: { retention_days: 1 } });
    await server.expect(200, 'POST', '/api/config/reload');
    await restore({ restore_config: false });
    expect(await ids()).toEqual(['a']);
    expect(server.config.recording.retention_days).toBe(1);
  });

  test('on an installation that was wiped but for its keys', async () => {
    await create('a');
    await backup();
    const { dataDir } = server;
    await server.close();
    for (const name of await readdir(dataDir)) {
      if (name !== 'keys' && name !== 'backups') await rm(join(dataDir, name), { recursive: true });
    }
    await mkdir(join(dataDir, 'scratch'));
    await writeFile(join(dataDir, 'scratch', 'snapshot.db'), 'left by a crash');
    server = await TestServer.start({ dataDir, config: 'limits: {reads_per_minute: 100000}\n' });
    expect(await ids()).toEqual([]);
    expect((await restore()).status).toBe('completed');
    expect(await ids()).toEqual(['a']);
    expect(server.config.recording.retention_days).toBe(30);
    expect((await backup('two.tar.gz')).status).toBe('completed');
    await server.close();
    await rm(dataDir, { recursive: true });
  });

  test('of a damaged archive changes not one byte', async () => {
    await create('a');
    await backup();
    await create('b');
    const whole = await readFile(inFolder('one.tar.gz'));
    const torn = Buffer.from(whole);
    torn[Math.floor(torn.length / 2)] = (torn[Math.floor(torn.length / 2)] ?? 0) ^ 0xff;
    const config = join(server.dataDir, 'nightjar.yaml');
    await writeFile(config, `${CONFIG}# changed\n`);
    for (const archive of [torn, whole.subarray(0, whole.length - 40), Buffer.from('hello')]) {
      await writeFile(inFolder('one.tar.gz'), archive);
      const job = await restore();
      expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('archive') });
      expect(await ids()).toEqual(['a', 'b']);
      expect(await readFile(config, 'utf8')).toBe(`${CONFIG}# changed\n`);
    }
  });

  test('with another key is refused before anything changes', async () => {
    await create('a');
    await backup();
    await using other = await TestServer.start({ config: CONFIG });
    await other.expect(202, 'POST', '/api/backup', { destination: 'one.tar.gz' });
    await eventually(() => stat(join(other.dataDir, 'backups', 'one.tar.gz')).catch(() => undefined));
    await writeFile(join(other.dataDir, 'backups', 'one.tar.gz'), await readFile(inFolder('one.tar.gz')));
    const { job_id } = await other.expect<{ job_id: string }>(202, 'POST', '/api/restore', {
      backup_file: 'one.tar.gz',
    });
    const job = await eventually(async () => {
      const now = BackupJob.parse(await other.expect(200, 'GET', `/api/backup/${job_id}`));
      return now.status === 'running' ? undefined : now;
    });
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('another key') });
    expect(await other.expect(200, 'GET', '/api/streams')).toMatchObject({ total: 0 });
  });
});
