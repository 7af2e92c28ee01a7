import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordingId } from '@nightjar/contract/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, Secret, systemClock } from '../../kernel/index.ts';
import type { EngineCommand } from '../../testing/fake-engine.ts';
import { eventually, FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';
import { FlakyStore } from './testing/flaky-store.ts';

const DAY = 86_400_000;
const KEYS = {
  cold: { accessKeyId: 'cold-key', secretAccessKey: new Secret('7f3a1c9e2b8d4605a1f2') },
};
let store: FlakyStore;
let dataDir: string;
let server: TestServer;
let engine: FakeEngine;
let files = 0;

/** Real time, but for the time between two looks at what is due. */
const looks = new Set<() => void>();
const clock: Clock = {
  ...systemClock,
  every(ms, task) {
    if (ms !== 10_000) return systemClock.every(ms, task);
    looks.add(task);
    return () => looks.delete(task);
  },
};
const plan = (): void => {
  for (const task of looks) task();
};

const config = () => `
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
recording: {retention_days: 36500, min_free_bytes: 0}
network: {allow: [127.0.0.1/32]}
tiers:
  warm: {path: warm, after_days: null}
  cold: {endpoint: '${store.endpoint}', bucket: footage, prefix: site/, after_days: 7}
`;

/** Deletes as the engine does. */
const obedient = {
  onCommand: (command: EngineCommand) => {
    if (command.type !== 'delete_footage') return undefined;
    for (const name of command.filenames ?? [])
      void rm(join(dataDir, 'recordings/hot', command.stream_id, name), { force: true });
    return undefined;
  },
};

async function begin(): Promise<void> {
  server = await TestServer.start({ dataDir, clock, config: config(), storeKeys: KEYS });
  await server.listen();
  engine = await FakeEngine.start(server.dataDir, { ...obedient, epoch: randomBytes(4).toString('hex') });
  await engine.desired();
}

async function end(): Promise<void> {
  await engine[Symbol.asyncDispose]();
  await server.close();
}

beforeAll(async () => {
  store = await FlakyStore.start();
  dataDir = await newDataDir();
  await begin();
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/x' });
});
afterAll(async () => {
  await end();
  await store[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  store.weather = 'fair';
});

/** A closed file of the hot tier with its bytes on disk. */
async function recorded(daysAgo: number, bytes = randomBytes(20_000), stream = 'yard') {
  const start = Math.floor(Date.now() / 1000) * 1000 - daysAgo * DAY + ++files * 60_000;
  const at = (ms: number) => new Date(ms).toISOString();
  const filename = `${at(start).slice(0, 19).replace('T', '_').replaceAll(':', '-')}.mp4`;
  const folder = join(dataDir, 'recordings/hot', stream);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, filename), bytes);
  const about = { stream_id: stream, filename, bytes: bytes.length } as const;
  engine.fact({
    ...{ kind: 'segment.closed', ...about, start: at(start), end: at(start + 30_000), duration: 30 },
    ...{ recovered: false, reason: 'rotated' },
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await engine.acknowledged(engine.fact({ kind: 'segment.hashed', ...about, sha256 }));
  return {
    filename,
    bytes,
    start: at(start),
    path: join(folder, filename),
    key: `site/${stream}/${filename}`,
  };
}

const row = (filename: string) => server.rows('segments').find((each) => each['filename'] === filename);
const inTier = (filename: string, tier: string) =>
  eventually(() => (row(filename)?.['tier'] === tier ? true : undefined));
const gone = (path: string) =>
  eventually(() =>
    readFile(path).then(
      () => undefined,
      () => true,
    ),
  );
/** Nothing is left to do. */
const settled = () =>
  eventually(() =>
    server.rows('tier_moves').filter(({ error }) => error === null).length +
      server.rows('tier_removals').length ===
    0
      ? true
      : undefined,
  );

describe('footage that is old enough', () => {
  test('goes to the bucket, byte for byte, and then the file goes', async () => {
    const old = await recorded(8);
    const young = await recorded(6);
    plan();
    await inTier(old.filename, 'cold');
    await gone(old.path);
    await settled();
    expect((await store.object(old.key))?.equals(old.bytes)).toBe(true);
    expect(row(young.filename)).toMatchObject({ tier: 'hot' });
    expect(await readFile(young.path)).toEqual(young.bytes);
    const list = await server.expect<{ recordings: object[] }>(200, 'GET', '/api/streams/yard/recordings');
    expect(list.recordings).toContainEqual(expect.objectContaining({ filename: old.filename, tier: 'cold' }));
  });

  test('goes in parts when it is large', async () => {
    const old = await recorded(8, randomBytes(9 * 1024 * 1024));
    plan();
    await gone(old.path);
    expect((await store.object(old.key))?.equals(old.bytes)).toBe(true);
    expect(store.asked.filter((line) => line.includes('partNumber=2'))).toHaveLength(1);
  });

  test('stays when its bytes are not those that were recorded', async () => {
    const old = await recorded(8);
    await writeFile(old.path, randomBytes(old.bytes.length));
    plan();
    await eventually(() => server.rows('tier_moves').find(({ error }) => error !== null));
    expect(row(old.filename)).toMatchObject({ tier: 'hot' });
    expect(await store.object(old.key)).toBeUndefined();
    await writeFile(old.path, old.bytes);
  });
});

test.each(['away', 'failing', 'truncating'] as const)(
  'while the store is %s nothing local is lost, and the queue drains when it is back',
  async (weather) => {
    store.weather = weather;
    const [one, other] = [await recorded(9), await recorded(9, randomBytes(30_000))];
    plan();
    const fault = await server.log((line) => line.includes('footage cannot be moved'));
    expect(fault).not.toMatch(/127\.0\.0\.1|cold-key|7f3a1c9e/);
    for (const { filename, path, bytes } of [one, other]) {
      expect(row(filename)).toMatchObject({ tier: 'hot' });
      expect(await readFile(path)).toEqual(bytes);
    }
    store.weather = 'fair';
    const back = performance.now();
    server.logged.length = 0;
    for (const { path, key, bytes } of [one, other]) {
      await gone(path);
      expect((await store.object(key))?.equals(bytes)).toBe(true);
    }
    const drained = performance.now() - back;
    expect(drained).toBeLessThan(60_000);
    console.info(`a store that was ${weather}: the queue is empty ${drained.toFixed(0)} ms after its return`);
  },
);

test('a slow store gets everything all the same, and nothing local goes before it has', async () => {
  store.weather = 'slow';
  const old = await recorded(9, randomBytes(30_000));
  plan();
  await eventually(() => server.rows('tier_moves').find(({ filename }) => filename === old.filename));
  expect(await readFile(old.path)).toEqual(old.bytes);
  await gone(old.path);
  expect((await store.object(old.key))?.equals(old.bytes)).toBe(true);
});

test('what was queued is done after a restart', async () => {
  store.weather = 'away';
  const old = await recorded(9);
  plan();
  await eventually(() => server.rows('tier_moves').find(({ filename }) => filename === old.filename));
  await end();
  store.weather = 'fair';
  await begin();
  await gone(old.path);
  expect((await store.object(old.key))?.equals(old.bytes)).toBe(true);
});

test('a file is brought back by wish, whole, and stays for its days; its object goes', async () => {
  const old = await recorded(9);
  plan();
  await gone(old.path);
  const id = recordingId('yard', old.filename);
  await server.expect(202, 'POST', `/api/v1/recordings/${id}/restore`, { days: 3 });
  await inTier(old.filename, 'hot');
  expect((await readFile(old.path)).equals(old.bytes)).toBe(true);
  await settled();
  expect(await store.object(old.key)).toBeUndefined();
  plan();
  await settled();
  expect(row(old.filename)).toMatchObject({ tier: 'hot' });
});

test('a file goes from the bucket to a folder, and what was removed leaves nothing behind', async () => {
  const old = await recorded(9);
  plan();
  await gone(old.path);
  const id = recordingId('yard', old.filename);
  await server.expect(202, 'POST', `/api/v1/recordings/${id}/archive`, { tier: 'warm' });
  await inTier(old.filename, 'warm');
  const warm = join(dataDir, 'warm/yard', old.filename);
  expect((await readFile(warm)).equals(old.bytes)).toBe(true);
  await settled();
  expect(await store.object(old.key)).toBeUndefined();
  await server.expect(204, 'DELETE', `/api/v1/recordings/${id}`);
  await gone(warm);
  await settled();
});

test('a stream that is removed takes its objects with it', async () => {
  await server.expect(201, 'POST', '/api/streams', { id: 'porch', source_url: 'rtsp://10.0.0.6/x' });
  const old = await recorded(9, randomBytes(1_000), 'porch');
  plan();
  await gone(old.path);
  await server.expect(204, 'DELETE', '/api/streams/porch');
  await eventually(async () => ((await store.object(old.key)) === undefined ? true : undefined));
});

test('the engine is told of folders, and where objects are by signed addresses', async () => {
  const old = await recorded(10);
  plan();
  await gone(old.path);
  const desired = await engine.desired();
  expect(desired).toMatchObject({ other_folders: [join(dataDir, 'warm')], distant: true });
  const to = new Date(Date.parse(old.start) + 1_000).toISOString();
  engine.send({ type: 'where', id: 77, stream_id: 'yard', from: old.start, to });
  const { files: found } = (await engine.until((received) =>
    received.find((message) => message.type === 'there' && message.id === 77),
  )) as { files: { filename: string; url: string; bytes: number }[] };
  const file = found.find(({ filename }) => filename === old.filename);
  expect(file).toMatchObject({ bytes: old.bytes.length });
  const answer = await fetch(file?.url ?? '', { headers: { range: 'bytes=100-199' } });
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(old.bytes.subarray(100, 200));
  expect(await readdir(join(dataDir, 'recordings/hot/yard'))).not.toContain(old.filename);
});
