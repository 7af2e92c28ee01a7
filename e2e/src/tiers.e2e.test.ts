import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaultProxy, readClockBar } from '@nightjar/media/testing';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { greyFrames, probe } from './footage/ffmpeg.ts';
import type { RecordingRow } from './harness/api.ts';
import {
  eventually,
  footage,
  Installation,
  monotonicMs,
  REPOSITORY,
  runCommand,
  SyntheticCameras,
  TEST_CONFIG,
} from './harness/index.ts';

/** Two seconds: long enough to be recorded, short enough to wait for. */
const SOON = 2 / 86_400;

const KEYS = {
  NIGHTJAR_COLD_ACCESS_KEY_ID: 'footage',
  NIGHTJAR_COLD_SECRET_ACCESS_KEY: 'b1946ac92492d2347c62',
};

let store: FauxqsServer;
let network: FaultProxy;
let cameras: SyntheticCameras;
let installation: Installation;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-e2e-tiers-'));
  store = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  store.createBucket('footage');
  network = await FaultProxy.start({ target: { port: store.port } });
  cameras = await SyntheticCameras.start({ count: 2 });
  const cold = { endpoint: `http://127.0.0.1:${network.port}`, bucket: 'footage', after_days: SOON };
  installation = await Installation.start({
    config: `${TEST_CONFIG}tiers: ${JSON.stringify({ cold })}\n`,
    env: KEYS,
  });
  const recording = { enabled: true, segment_duration: 2 };
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]!, recording });
  const privacy = { enabled: true, cover: ['full'], record: 'original' };
  await installation.api.addStream({ id: 'door', source_url: cameras.urls[1]!, recording, privacy });
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  await store?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rows = () => installation.api.recordings('yard');
const cold = async (): Promise<RecordingRow[]> => (await rows()).filter(({ tier }) => tier === 'cold');
const originals = async (): Promise<RecordingRow[]> => {
  const path = '/api/streams/door/recordings?original=true&limit=500';
  const list = await installation.api.expect(200, 'GET', path);
  return (list as { recordings: RecordingRow[] }).recordings;
};
const get = async (path: string, headers: Record<string, string> = {}, id = 'yard') => {
  const url = `${installation.api.base}/live/${id}/${path}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${installation.token}`, ...headers } });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('footage goes to a bucket and plays from there: by range, as a film, by playlist', async () => {
  await eventually('three files in the bucket', async () => (await cold()).length >= 3, {
    timeoutMs: 40_000,
  });
  await installation.api.expect(200, 'POST', '/api/streams/yard/recording/stop');
  const [last] = await cold();
  const { filename, created_at, duration } = last!;
  const onDisk = async () => (await footage(installation.dataDir, 'yard')).map(({ path }) => path);
  await eventually('the file to go', async () => (await onDisk()).every((path) => !path.endsWith(filename)), {
    timeoutMs: 10_000,
  });

  const whole = await get(`footage/${filename}`);
  const object = await fetch(`http://127.0.0.1:${store.port}/footage/yard/${filename}`);
  expect([whole.status, sha256(whole.bytes)]).toEqual([200, sha256(Buffer.from(await object.arrayBuffer()))]);
  const part = await get(`footage/${filename}`, { range: 'bytes=1000-1999' });
  expect([part.status, part.bytes.equals(whole.bytes.subarray(1000, 2000))]).toEqual([206, true]);

  const [from, to] = [Date.parse(created_at), Date.parse(created_at) + duration * 1000];
  const range = `start=${new Date(from).toISOString()}&end=${new Date(to).toISOString()}`;
  const film = await get(`play.mp4?${range}`);
  await writeFile(join(folder, 'film.mp4'), film.bytes);
  expect((await probe(join(folder, 'film.mp4'))).duration).toBeCloseTo(duration, 0);
  const playlist = await get(`playback.m3u8?${range}`);
  expect([playlist.status, playlist.bytes.toString()]).toEqual([200, expect.stringContaining(filename)]);
});

it('an original lies in a bucket as it was sealed, and is read back for who may open it', async () => {
  const away = async () => (await originals()).filter(({ tier }) => tier === 'cold');
  await eventually('two originals in the bucket', async () => (await away()).length >= 2, {
    timeoutMs: 40_000,
  });
  await installation.api.expect(200, 'POST', '/api/streams/door/recording/stop');
  const { filename, created_at, duration, size } = (await away()).at(-1)!;
  const onDisk = async () => (await footage(installation.dataDir, 'door')).map(({ path }) => path);
  await eventually('the file to go', async () => (await onDisk()).every((path) => !path.endsWith(filename)), {
    timeoutMs: 10_000,
  });
  const object = await fetch(`http://127.0.0.1:${store.port}/footage/door/${filename}`);
  const sealed = Buffer.from(await object.arrayBuffer());
  expect([sealed.length, sealed.toString('latin1', 0, 8)]).toEqual([size, 'NJSEALED']);
  const whole = await get(`footage/${filename}`, {}, 'door');
  expect([whole.status, whole.bytes.toString('latin1', 4, 8)]).toEqual([200, 'ftyp']);
  const part = await get(`footage/${filename}`, { range: 'bytes=1000-1999' }, 'door');
  expect([part.status, part.bytes.equals(whole.bytes.subarray(1000, 2000))]).toEqual([206, true]);
  const end = new Date(Date.parse(created_at) + duration * 1000).toISOString();
  const film = await get(`play.mp4?start=${created_at}&end=${end}&original=true`, {}, 'door');
  const file = join(folder, 'original.mp4');
  await writeFile(file, film.bytes);
  const size720 = { width: 1280, height: 720 };
  const clear = (await greyFrames(file, size720)).filter(
    (data) => readClockBar({ data, ...size720 }) !== undefined,
  );
  expect(clear.length).toBeGreaterThan(25 * duration - 5);
  const piece = `start=${created_at}&end=${end}`;
  expect((await get(`play.mp4?${piece}`, {}, 'door')).status).toBe(404);
});

it('while the store is away nothing local is lost; the queue drains within seconds of its return', async () => {
  network.refuse(true);
  network.reset();
  const before = new Set((await rows()).map(({ filename }) => filename));
  await installation.api.expect(200, 'POST', '/api/streams/yard/recording/start', {});
  const fresh = async () => (await rows()).filter(({ filename, closed }) => closed && !before.has(filename));
  await eventually('three new files', async () => (await fresh()).length >= 3, { timeoutMs: 20_000 });
  await installation.api.expect(200, 'POST', '/api/streams/yard/recording/stop');
  const kept = await fresh();
  expect(kept.map(({ tier }) => tier)).toEqual(kept.map(() => 'hot'));
  expect((await get(`footage/${kept[0]!.filename}`)).status).toBe(200);

  // Back, and slow: 400 kB/s in both directions.
  network.faults.up.dribble = { bytes: 40_000, everyMs: 100 };
  network.faults.down.dribble = { bytes: 40_000, everyMs: 100 };
  network.refuse(false);
  const back = monotonicMs();
  await eventually('an empty queue', async () => (await fresh()).every(({ tier }) => tier === 'cold'), {
    timeoutMs: 60_000,
  });
  console.info(
    `${kept.length} files drained ${Math.round(monotonicMs() - back)} ms after the store was back`,
  );
  for (const { filename, size } of await fresh()) {
    const { bytes } = await get(`footage/${filename}`);
    expect(bytes.length).toBe(size);
  }
});

it('./nightjar verify knows the files in the bucket, and makes the index anew from what they say', async () => {
  const settled = async () =>
    [...(await rows()), ...(await originals())].every(({ tier }) => tier === 'cold') && rows();
  const known = await eventually('all files in the bucket', settled, { timeoutMs: 60_000 });
  const knownOriginals = await originals();
  await installation.drain();
  const { dataDir } = installation;
  const index = new DatabaseSync(join(dataDir, 'nightjar.db'));
  index.exec(`DELETE FROM segments; DELETE FROM tier_moves; DELETE FROM tier_removals`);
  index.close();
  const verify = async (...flags: string[]) => {
    const args = [
      'verify',
      '--data',
      dataDir,
      '--config',
      join(dataDir, 'nightjar.yaml'),
      '--json',
      ...flags,
    ];
    const ended = await runCommand(join(REPOSITORY, 'nightjar'), args, { env: KEYS, timeoutMs: 30_000 });
    const { findings } = JSON.parse(ended.stdout.toString()) as { findings: { kind: string }[] };
    return { ...ended, kinds: new Set(findings.map(({ kind }) => kind)) };
  };
  expect((await verify()).kinds).toEqual(new Set(['not_indexed']));
  const rebuilt = await verify('--rebuild');
  expect([rebuilt.code, rebuilt.kinds], rebuilt.stderr).toEqual([0, new Set()]);
  await installation.startEngine();
  await installation.startServer();
  await installation.ready();
  const facts = (all: RecordingRow[]) =>
    all.map(({ filename, size, duration, created_at, tier }) => ({
      filename,
      size,
      duration,
      created_at,
      tier,
    }));
  const sealedThere = await originals();
  expect(facts(sealedThere)).toEqual(facts(knownOriginals));
  expect((await get(`footage/${sealedThere[0]!.filename}`, {}, 'door')).status).toBe(200);
  const there = await rows();
  expect(facts(there)).toEqual(facts(known));
  const { filename, size } = there.at(-1)!;
  expect((await get(`footage/${filename}`)).bytes.length).toBe(size);
});
