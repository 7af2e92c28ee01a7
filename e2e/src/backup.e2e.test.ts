import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually, Installation, recordsAgain, SyntheticCameras, TEST_CONFIG } from './harness/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const GUEST = 'Kp3vN8sTq6Yd1Hc5';
/** What a wiped machine gets back besides the archive: the keys, and the disk with the footage. */
const LEFT = new Set(['keys', 'backups', 'recordings']);

const signIn = async ({ api }: Installation, username: string, password: string): Promise<number> =>
  (await api.request('POST', '/api/v1/auth/login', { username, password }, { authorization: '' })).status;

/** Carries out a backup or a restore to its end. */
async function job({ api }: Installation, path: string, body: object): Promise<string> {
  const { job_id } = (await api.expect(202, 'POST', path, body)) as { job_id: string };
  const over = async () => {
    const { status } = (await api.expect(200, 'GET', `/api/backup/${job_id}`)) as { status: string };
    return status !== 'running' && status;
  };
  return eventually(`${path} to be over`, over, { timeoutMs: 20_000 });
}

/** All that an operator would miss. */
async function everything({ api }: Installation) {
  const get = (path: string) => api.expect(200, 'GET', path);
  const [config, users, groups, streams] = await Promise.all([
    get('/api/config'),
    get('/api/v1/users'),
    get('/api/v1/camera-groups'),
    api.streams(),
  ]);
  return { config, users, groups, streams: streams.map(({ id, source_url }) => ({ id, source_url })) };
}

const index = async ({ api }: Installation) =>
  (await api.recordings('yard')).map(({ filename, size, duration }) => ({ filename, size, duration }));

it('backup, wipe, restore: the same people, configuration and index of the footage', async () => {
  await using cameras = await SyntheticCameras.start({ count: 1 });
  await using installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
  const { api, dataDir } = installation;
  const source_url = cameras.urls[0]!;
  await api.addStream({ id: 'yard', source_url, recording: { enabled: true } });
  await api.expect(201, 'POST', '/api/v1/users', {
    ...{ username: 'guest', role: 'viewer', password: GUEST, reach: 'granted' },
    grants: [{ kind: 'stream', id: 'yard' }],
  });
  await api.expect(201, 'POST', '/api/v1/camera-groups', { name: 'Outside', cameras: ['yard'] });
  await api.expect(200, 'PUT', '/api/config', { recording: { retention_days: 14 } });
  await api.expect(200, 'POST', '/api/config/reload');
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
  await api.expect(200, 'POST', '/api/streams/yard/recording/stop');
  expect(await job(installation, '/api/backup', { destination: 'whole.tar.gz' })).toBe('completed');
  const before = await everything(installation);
  const footage = await index(installation);
  expect(footage.length).toBe(1);

  await installation.drain();
  for (const name of await readdir(dataDir))
    if (!LEFT.has(name)) await rm(join(dataDir, name), { recursive: true });
  await writeFile(join(dataDir, 'nightjar.yaml'), TEST_CONFIG);
  await Promise.all([installation.startEngine(), installation.startServer()]);
  await installation.ready();
  expect(await signIn(installation, 'guest', GUEST)).toBe(401);
  const bare = await everything(installation);
  expect(bare.streams).toEqual([]);

  const archive = join(dataDir, 'backups', 'whole.tar.gz');
  const torn = await readFile(archive);
  torn[torn.length >> 1]! ^= 0xff;
  await writeFile(join(dataDir, 'backups', 'torn.tar.gz'), torn);
  expect(await job(installation, '/api/restore', { backup_file: 'torn.tar.gz' })).toBe('failed');
  expect(await everything(installation)).toEqual(bare);

  expect(await job(installation, '/api/restore', { backup_file: 'whole.tar.gz' })).toBe('completed');
  expect(await everything(installation)).toEqual(before);
  expect(await signIn(installation, 'guest', GUEST)).toBe(200);
  const found = async () => {
    expect(await index(installation)).toEqual(footage);
    return true;
  };
  await eventually('the index of the footage that is there', found, { timeoutMs: 20_000 });
}, 90_000);
