import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../testing/index.ts';

const CAMERA = 'canary-pass-9f2e';

let dataDir: string;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const key = (name: string) => join(dataDir, 'keys', name);

test('a key that was put aside still opens, and what it sealed is sealed with the new one', async () => {
  const first = await TestServer.start({ dataDir });
  await first.expect(201, 'POST', '/api/streams', { id: 'a', source_url: `rtsp://u:${CAMERA}@10.0.0.5/x` });
  const before = first.rows('streams')[0]?.['source_sealed'];
  await first.close();
  await rename(key('secrets.key'), key('secrets.key.old'));

  const second = await TestServer.start({ dataDir });
  expect(second.rows('streams')[0]?.['source_sealed']).not.toBe(before);
  expect(second.logged.join()).toContain('secrets are sealed with the new key');
  await second.close();
  await rm(key('secrets.key.old'));

  const third = await TestServer.start({ dataDir });
  await third.listen();
  await using engine = await FakeEngine.start(dataDir);
  const { streams } = await engine.desired();
  expect(streams[0]?.source.password).toBe(CAMERA);
  await third.close();
});

test('without the old key the program does not start, and changes nothing', async () => {
  const first = await TestServer.start({ dataDir });
  await first.expect(201, 'POST', '/api/streams', { id: 'a', source_url: `rtsp://u:${CAMERA}@10.0.0.5/x` });
  await first.close();
  await rename(key('secrets.key'), key('elsewhere'));
  await expect(TestServer.start({ dataDir })).rejects.toThrow('another key');
  await rename(key('elsewhere'), key('secrets.key'));
  const second = await TestServer.start({ dataDir });
  expect(await second.expect(200, 'GET', '/api/streams')).toMatchObject({ total: 1 });
  await second.close();
});
