import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';
import { verifyExport } from './verify-export.ts';
import { zip } from './zip.ts';

const run = promisify(execFile);
const RANGE = { start: '2024-01-15T10:00:00Z', end: '2024-01-15T11:00:00Z' };
/** The stream `turned` has another format from then on. */
const CHANGES = '2024-01-15T10:20:00.000Z';
const BODY = Buffer.alloc(700_000, 'footage of the yard. ');

function changes(url: string): boolean {
  const { searchParams } = new URL(url, 'http://engine');
  const [start, end] = ['start', 'end'].map((name) => Date.parse(searchParams.get(name)!));
  return start! < Date.parse(CHANGES) && end! > Date.parse(CHANGES);
}

let folder: string;
let server: TestServer;
let engine: FakeEngine;
/** Answers the movie of the stream `slow`. */
let release: () => void = () => undefined;

interface Shown {
  id: string;
  state: string;
  progress: number;
  error: string | null;
  result: { file: string; bytes: number; sha256: string } | null;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-exports-'));
  const dataDir = await newDataDir();
  server = await TestServer.start({ dataDir });
  await server.listen();
  engine = await FakeEngine.start(dataDir, {
    door: ({ url = '' }, response) => {
      const id = url.split('/')[2];
      if (id === 'dark') {
        response.writeHead(404, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ message: 'no footage in this range' }));
      } else if (id === 'slow') {
        response.writeHead(200).write('begun');
        release = () => response.end();
      } else if (id === 'turned' && changes(url)) {
        response.writeHead(409, { 'content-type': 'application/json' });
        const message = 'the format changes';
        response.end(JSON.stringify({ status: 409, message, details: { cut_at: CHANGES } }));
      } else response.writeHead(200).end(BODY);
    },
  });
  await engine.desired();
  for (const id of ['yard', 'door', 'dark', 'slow', 'turned'])
    await server.expect(201, 'POST', '/api/streams', { id, source_url: `rtsp://10.0.0.5/${id}` });
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const begin = (body: object) => server.expect<Shown>(202, 'POST', '/api/exports', { ...RANGE, ...body });
const look = (id: string) => server.expect<Shown>(200, 'GET', `/api/jobs/${id}`);

async function done(id: string): Promise<Shown> {
  await expect.poll(async () => (await look(id)).state).toMatch(/completed|failed|cancelled/);
  return look(id);
}

/** An export as its user has it on disk. */
async function loaded({ id, result }: Shown): Promise<string> {
  const { rawPayload } = await server.app.inject({
    url: `/api/exports/${id}/file`,
    headers: { authorization: `Bearer ${server.token}` },
  });
  const path = join(folder, result!.file);
  await writeFile(path, rawPayload);
  return path;
}

test('one camera is an MP4, loaded by ranges that fit together', async () => {
  const job = await done((await begin({ streams: ['yard'] })).id);
  expect(job).toMatchObject({ state: 'completed', progress: 100, result: { bytes: BODY.length } });
  expect(job.result!.file).toMatch(/\.mp4$/);
  expect(await readFile(await loaded(job))).toEqual(BODY);
  const rest = await server.app.inject({
    url: `/api/exports/${job.id}/file`,
    headers: { authorization: `Bearer ${server.token}`, range: 'bytes=699990-' },
  });
  expect([rest.statusCode, rest.rawPayload]).toEqual([206, BODY.subarray(699_990)]);
  await server.expect(204, 'DELETE', `/api/exports/${job.id}`);
  expect((await server.call('GET', `/api/exports/${job.id}/file`)).status).toBe(404);
});

test('whoever has a link loads the file until it is over, and nothing else by it', async () => {
  const job = await done((await begin({ streams: ['yard'] })).id);
  const { url } = await server.expect<{ url: string }>(
    200,
    'GET',
    `/api/exports/${job.id}/link?expires_in=60`,
  );
  const { pathname, search } = new URL(url);
  const load = (path: string) => server.app.inject({ url: path });
  const file = await load(`${pathname}${search}`);
  expect([file.statusCode, file.rawPayload]).toEqual([200, BODY]);
  expect((await load(pathname)).statusCode).toBe(401);
  expect((await load(`/api/jobs/${job.id}${search}`)).statusCode).toBe(401);
  const other = await done((await begin({ streams: ['door'] })).id);
  expect((await load(`/api/exports/${other.id}/file${search}`)).statusCode).toBe(401);
  expect((await load(`${pathname}${search.replace(/expires=\d+/, 'expires=9999999999')}`)).statusCode).toBe(
    401,
  );
});

test('several are a ZIP that others read, with a manifest whose signature holds', async () => {
  const job = await done((await begin({ streams: ['yard', 'dark', 'door'], signed: true })).id);
  expect(job.state).toBe('completed');
  const path = await loaded(job);
  const script =
    'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(*z.namelist())';
  const { stdout } = await run('python3', ['-c', script, path]);
  expect(stdout.trim()).toBe('yard.mp4 door.mp4 manifest.json manifest.sig manifest.pem');
  const found = await verifyExport(path);
  expect(found.map(({ name, ok }) => [name, ok])).toEqual([
    ['manifest.json', true],
    ['yard.mp4', true],
    ['dark.mp4', true],
    ['door.mp4', true],
  ]);
  expect(found[2]!.words).toContain('no footage');
  const command = join(import.meta.dirname, '../../commands/verify-export.ts');
  expect((await run(process.execPath, [command, path])).stdout).toContain('signed by the key');
});

test.each([[['turned']], [['yard', 'turned']]])(
  'where the format changes on the way there is a file for each: %j',
  async (streams) => {
    for (const signed of [false, true]) {
      const job = await done((await begin({ streams, signed })).id);
      expect(job).toMatchObject({ state: 'completed', error: null });
      expect(job.result!.file).toMatch(/\.zip$/);
      const found = await verifyExport(await loaded(job));
      expect(found.slice(1).map(({ name, ok }) => [name, ok])).toEqual([
        ...(streams.includes('yard') ? [['yard.mp4', true]] : []),
        ['turned_2024-01-15_10-00-00-000.mp4', true],
        ['turned_2024-01-15_10-20-00-000.mp4', true],
      ]);
    }
  },
);

test('a change of any byte of footage, of the manifest or of its signature is found', async () => {
  const job = await done((await begin({ streams: ['yard', 'door'], signed: true })).id);
  const path = await loaded(job);
  const bytes = await readFile(path);
  const changed = join(folder, 'changed.zip');
  const places = [
    bytes.indexOf('footage of'),
    bytes.lastIndexOf('footage of'),
    bytes.indexOf('created_by'),
    bytes.indexOf('manifest.sig') + 40,
  ];
  for (const place of places) {
    const copy = Buffer.from(bytes);
    copy[place]! ^= 1;
    await writeFile(changed, copy);
    expect((await verifyExport(changed)).some(({ ok }) => !ok)).toBe(true);
  }
  for (const cut of [0, 10, bytes.length / 2, bytes.length - 1]) {
    await writeFile(changed, bytes.subarray(0, cut));
    expect((await verifyExport(changed)).some(({ ok }) => !ok)).toBe(true);
  }
});

test('another key than the one that is trusted, no signature and an added file are found', async () => {
  const unsigned = await done((await begin({ streams: ['yard', 'door'] })).id);
  expect((await verifyExport(await loaded(unsigned)))[0]).toMatchObject({
    ok: false,
    words: 'it is not signed',
  });
  const signed = await done((await begin({ streams: ['yard'], signed: true })).id);
  const path = await loaded(signed);
  const { generateKeyPairSync } = await import('node:crypto');
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect((await verifyExport(path, other))[0]).toMatchObject({ ok: false });
  expect((await verifyExport(path, 'no key'))[0]).toMatchObject({ ok: false });
  async function* entries() {
    yield { name: 'manifest.json', body: pieces('{}') };
  }
  async function* pieces(text: string) {
    yield Buffer.from(text);
  }
  const foreign = join(folder, 'foreign.zip');
  const made: Buffer[] = [];
  for await (const piece of zip(entries())) made.push(piece);
  await writeFile(foreign, Buffer.concat(made));
  expect(await verifyExport(foreign)).toEqual([
    { name: foreign, ok: false, words: 'its manifest is none of this program' },
  ]);
});

test('what is under way is cancelled and leaves no file', async () => {
  const { id } = await begin({ streams: ['slow'] });
  await expect.poll(async () => (await look(id)).state).toBe('running');
  expect((await server.call('GET', `/api/exports/${id}/file`)).status).toBe(409);
  await expect.poll(() => release !== undefined).toBe(true);
  await server.expect(204, 'DELETE', `/api/exports/${id}`);
  expect((await look(id)).state).toBe('cancelled');
  release();
});

test('without any footage it fails and says why', async () => {
  const one = await done((await begin({ streams: ['dark'] })).id);
  expect(one).toMatchObject({ state: 'failed', error: 'no footage in this range' });
  const signed = await done((await begin({ streams: ['dark'], signed: true })).id);
  expect(signed).toMatchObject({ state: 'failed', error: 'no footage in this range' });
});

test.each([
  [{ streams: [] }, 400],
  [{ streams: ['yard', 'yard'] }, 400],
  [{ streams: ['nobody'] }, 404],
  [{ streams: ['yard'], end: '2024-01-15T09:00:00Z' }, 400],
  [{ streams: ['yard'], end: '2024-01-17T09:00:00Z' }, 400],
  [{ streams: ['../yard'] }, 400],
])('%j is %i', async (body, status) => {
  expect((await server.call('POST', '/api/exports', { ...RANGE, ...body })).status).toBe(status);
});

test('others see neither the job nor its file', async () => {
  const { id } = await begin({ streams: ['yard'] });
  await done(id);
  const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
    ...{ name: 'foreign', scopes: ['recordings:read'], reach: 'granted' },
    grants: [{ kind: 'stream', id: 'door', scopes: null }],
  });
  const headers = { authorization: `Bearer ${token}` };
  for (const [method, path] of [
    ['GET', `/api/jobs/${id}`],
    ['DELETE', `/api/jobs/${id}`],
    ['GET', `/api/exports/${id}/file`],
    ['DELETE', `/api/exports/${id}`],
  ] as const)
    expect((await server.call(method, path, undefined, headers)).status).toBe(404);
  const foreign = await server.call('POST', '/api/exports', { ...RANGE, streams: ['yard'] }, headers);
  expect(foreign.status).toBe(404);
});

test('what was exported before a camera was made private is for who may see originals', async () => {
  await server.expect(201, 'POST', '/api/streams', { id: 'hall', source_url: 'rtsp://10.0.0.5/hall' });
  const made = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
    name: 'eye',
    scopes: ['recordings:read'],
  });
  const eye = { authorization: `Bearer ${made.token}` };
  const answer = await server.call('POST', '/api/exports', { ...RANGE, streams: ['hall'] }, eye);
  const { id } = answer.body as Shown;
  await done(id);
  const load = async (headers: Record<string, string> = {}) =>
    (await server.call('GET', `/api/exports/${id}/file`, undefined, headers)).status;
  expect(await load(eye)).toBe(200);
  await server.expect(200, 'PUT', '/api/streams/hall', { privacy: { enabled: true } });
  expect(await load(eye)).toBe(403);
  expect(await load()).toBe(200);
});

test('who may see a camera no more loads nothing of it, though the export is theirs', async () => {
  const grants = [{ kind: 'stream', id: 'yard', scopes: null }];
  const made = await server.expect<{ id: string; token: string }>(201, 'POST', '/api/v1/api-tokens', {
    ...{ name: 'guest', scopes: ['recordings:read'], reach: 'granted', grants },
  });
  const guest = { authorization: `Bearer ${made.token}` };
  const { body } = await server.call('POST', '/api/exports', { ...RANGE, streams: ['yard'] }, guest);
  const { id } = body as Shown;
  await done(id);
  const ask = async (path: string) =>
    (await server.call('GET', `/api/exports/${id}/${path}`, undefined, guest)).status;
  expect([await ask('file'), await ask('link')]).toEqual([200, 200]);
  await server.expect(200, 'PUT', `/api/v1/api-tokens/${made.id}`, { grants: [] });
  expect([await ask('file'), await ask('link')]).toEqual([404, 404]);
});
