import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigDifference, ConfigUpdated, ConfigVersions } from '@nightjar/contract/manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf, TestServer } from '../../../testing/index.ts';

const FILE = `limits: {reads_per_minute: 100000, writes_per_minute: 100000}
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

const put = (patch: object) => server.expect(200, 'PUT', '/api/config', patch);
const history = async (query = '') =>
  ConfigVersions.parse(await server.expect(200, 'GET', `/api/config/history${query}`));
const difference = async (id: number) =>
  ConfigDifference.parse(await server.expect(200, 'GET', `/api/config/history/${id}`));

test('every change is kept with its author, edits by hand as well', async () => {
  await put({ recording: { retention_days: 14 } });
  await writeFile(file, FILE.replace('30', '3'));
  await server.expect(200, 'POST', '/api/config/reload');
  await put({});
  const { versions, total } = await history();
  expect(versions.map(({ author }) => author)).toEqual(['file', 'api_token:environment', 'file']);
  expect(total).toBe(3);
  expect((await history('?limit=1&offset=1')).versions).toEqual([versions[1]]);
});

test('a version tells how it differs from the file of now', async () => {
  await put({ recording: { retention_days: 14 }, network: { allow: ['127.0.0.1/32'] } });
  const { versions } = await history();
  const [now, first] = versions;
  expect((await difference(first!.id)).changes).toEqual([
    { key: 'network.allow', before: [], after: ['127.0.0.1/32'] },
    { key: 'recording.retention_days', before: 30, after: 14 },
  ]);
  expect((await difference(now!.id)).changes).toEqual([]);
});

test('rolling back makes the file what it was, word by word, and is a version itself', async () => {
  await put({ recording: { retention_days: 14 } });
  await server.expect(200, 'POST', '/api/config/reload');
  const first = (await history()).versions.at(-1)!;
  const path = `/api/config/history/${first.id}/rollback`;
  expect(ConfigUpdated.parse(await server.expect(200, 'POST', path))).toMatchObject({
    config: { recording: { retention_days: 30 } },
    reload_required: ['recording.retention_days'],
  });
  expect(await readFile(file, 'utf8')).toBe(FILE);
  expect(server.config.recording.retention_days).toBe(14);
  await server.expect(200, 'POST', '/api/config/reload');
  expect(server.config.recording.retention_days).toBe(30);
  expect((await history()).total).toBe(3);
});

test.each([
  ['GET', '/api/config/history/99', 404, 'NOT_FOUND'],
  ['POST', '/api/config/history/99/rollback', 404, 'NOT_FOUND'],
  ['GET', '/api/config/history/x', 400, 'INVALID_CONFIGURATION'],
  ['POST', '/api/config/history/-1/rollback', 400, 'INVALID_CONFIGURATION'],
  ['GET', '/api/config/history?limit=0', 400, 'INVALID_CONFIGURATION'],
])('%s %s: %d', async (method, path, status, code) => {
  const answer = await server.call(method, path);
  expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
});
