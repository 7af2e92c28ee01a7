import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, TestServer } from '../../testing/index.ts';
import { packTar, type TarFile } from './tar.ts';

interface Job {
  job_id: string;
  status: string;
  error: string | null;
}

let server: TestServer;
let whole: Buffer;
let state: Buffer;

const inFolder = (name: string) => join(server.dataDir, 'backups', name);

async function done(path: string, body: object): Promise<Job> {
  const { job_id } = await server.expect<Job>(202, 'POST', path, body);
  return eventually(async () => {
    const job = await server.expect<Job>(200, 'GET', `/api/backup/${job_id}`);
    return job.status === 'running' ? undefined : job;
  });
}

beforeAll(async () => {
  server = await TestServer.start();
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://u:p@10.0.0.5/x' });
  await server.access.signIn(false);
  await server.expect(201, 'POST', '/api/v1/users', { username: 'jo', role: 'viewer' });
  await mkdir(inFolder(''), { recursive: true });
  expect((await done('/api/backup', { destination: 'good.tar.gz' })).status).toBe('completed');
  whole = gunzipSync(await readFile(inFolder('good.tar.gz')));
  state = contentOf(whole, 'state/nightjar.db');
});
afterAll(() => server[Symbol.asyncDispose]());

/** A file of a tar that this program wrote: a header of 512 bytes before each. */
function contentOf(tar: Buffer, name: string): Buffer {
  for (let at = 0; at < tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    if (tar.toString('latin1', at, at + name.length) === name) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`no ${name}`);
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const file = (name: string, content: Buffer | string): TarFile => ({ name, content: Buffer.from(content) });

interface Entry {
  path: string;
  size: number;
  sha256: string;
}
const entryOf = ({ name, content }: TarFile): Entry => ({
  path: name,
  size: content.length,
  sha256: sha256(content),
});

/** An archive whose manifest is right but for what is changed. */
function archive(files: readonly TarFile[], over: object = {}, entries = files.map(entryOf)): Buffer {
  const manifest = {
    format: 1,
    version: '0.1.0',
    created_at: '2024-01-15T10:00:00.000Z',
    files: entries,
    ...over,
  };
  return gzipSync(packTar([file('manifest.json', JSON.stringify(manifest)), ...files], 0));
}

/** The tar with a field of its second header written over and its sum put right. */
function forged(offset: number, text: string): Buffer {
  const tar = Buffer.from(gunzipSync(archive([file('state/nightjar.db', state)])));
  const second = 512 + Math.ceil(Number.parseInt(tar.toString('latin1', 124, 135), 8) / 512) * 512;
  tar.write(text, second + offset, 'latin1');
  tar.fill(0x20, second + 148, second + 156);
  const sum = tar.subarray(second, second + 512).reduce((all, byte) => all + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, second + 148, 'latin1');
  return gzipSync(tar);
}

/** A state that SQL changed before it was packed. */
async function stateAfter(sql: string): Promise<Buffer> {
  const path = inFolder('work.db');
  await writeFile(path, state);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec('pragma writable_schema = on');
  database.exec(sql);
  database.close();
  const changed = await readFile(path);
  await rm(path);
  return changed;
}

const BOMB = 2 * 1024 * 1024;

async function hostile(): Promise<Record<string, Buffer>> {
  const db = file('state/nightjar.db', state);
  const names = [
    '../x',
    '/etc/cron.d/x',
    'state/../../x',
    'config/nightjar.yaml/../../x',
    'keys/secrets.key',
    'C:\\x',
    'state/nightjar.db ',
    './state/nightjar.db',
    'state\\nightjar.db',
    'manifest.json',
  ];
  const kinds = ['1', '2', '3', '4', '5', '6', '7', 'g', 'x', 'L', 'K', 'S', 'V', 'M'];
  const sizes = [
    '77777777777',
    '-0000000001',
    '00000000zzz',
    '99999999999',
    '\x80\0\0\0\0\0\0\0\0\0\xff',
    '           ',
  ];
  const configs = [
    'a: [',
    'server: {port: 99999}',
    'recording: {base_path: 5}',
    'x: &a [*a]',
    '\0',
    'server: null',
    '- 1',
    'a: 1\na: 2',
    'network: {allow: [nonsense]}',
    `a: &a [x]\n${'b: *a\n'.repeat(3)}`,
  ];
  const states = {
    'an id that climbs': await stateAfter("update streams set id = '../../x'"),
    'an id that is a path': await stateAfter("update streams set id = 'a/b'"),
    'secrets of another key': await stateAfter("update streams set source_sealed = 'v1.AAAA'"),
    'a missing table': await stateAfter('drop table grants'),
    'a version of the future': await stateAfter("insert into migrations values (9999, 'x', 'x')"),
    'a role that is none': await stateAfter("update people set role = 'root'"),
    'a scope that is none': await stateAfter('update people set extra_scopes = \'["root"]\''),
    'no administrator': await stateAfter("update people set role = 'viewer'"),
  };
  return {
    nothing: Buffer.alloc(0),
    'no gzip': Buffer.from('hello'),
    'gzip of nothing': gzipSync(''),
    'gzip of nonsense': gzipSync('x'.repeat(1_500)),
    'a bomb of zeros': gzipSync(Buffer.alloc(BOMB)),
    'a bomb in a file': archive([file('config/nightjar.yaml', Buffer.alloc(BOMB, 'a')), db], {}, [
      entryOf(db),
    ]),
    'cut in the middle': archive([db]).subarray(0, 400),
    'something behind the end': gzipSync(Buffer.concat([gunzipSync(archive([db])), Buffer.from('x')])),
    'no manifest': gzipSync(packTar([db], 0)),
    'no state': archive([file('config/nightjar.yaml', 'a: 1')]),
    'an empty state': archive([file('state/nightjar.db', '')]),
    'a state of text': archive([file('state/nightjar.db', 'x'.repeat(5_000))]),
    'a state with a bit over': archive([file('state/nightjar.db', flipped(state))]),
    'another format': archive([db], { format: 2 }),
    'a manifest with more': archive([db], { run: 'x' }),
    'a manifest that is a list': gzipSync(packTar([file('manifest.json', '[]'), db], 0)),
    'a manifest without files': archive([db], { files: undefined }),
    'a file that is not listed': archive([db, file('config/nightjar.yaml', '')], {}, [entryOf(db)]),
    'a file listed twice': archive([db], {}, [entryOf(db), entryOf(db)]),
    'the same file twice': archive([db, db]),
    'a sum that is wrong': archive([db], {}, [{ ...entryOf(db), sha256: '0'.repeat(64) }]),
    'a size that is wrong': archive([db], {}, [{ ...entryOf(db), size: 1 }]),
    ...Object.fromEntries(names.map((name) => [`the name ${name}`, archive([file(name, 'x'), db])])),
    ...Object.fromEntries(kinds.map((kind) => [`the kind ${kind}`, forged(156, kind)])),
    ...Object.fromEntries(sizes.map((size) => [`the size ${JSON.stringify(size)}`, forged(124, size)])),
    ...Object.fromEntries(
      configs.map((text) => [
        `the configuration ${JSON.stringify(text.slice(0, 30))}`,
        archive([file('config/nightjar.yaml', text), db]),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(states).map(([what, content]) => [
        `a state with ${what}`,
        archive([file('state/nightjar.db', content)]),
      ]),
    ),
  };
}

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  copy.fill(0xff, 100, 4_000);
  return copy;
}

/** Everything that a restore could change, but for the log of who tried. */
async function everything(): Promise<string> {
  const tables = ['streams', 'people', 'api_tokens', 'api_clients', 'grants', 'recovery_codes', 'migrations'];
  const rows = tables.map((table) => JSON.stringify(server.rows(table)));
  const config = await readFile(join(server.dataDir, 'nightjar.yaml'), 'utf8');
  // The work of a job may still be on its way out when the job is told to be over.
  const passing = (name: string) => name.startsWith('nightjar.db') || name === 'scratch';
  const folder = (await readdir(server.dataDir)).filter((name) => !passing(name)).toSorted();
  return [...rows, config, ...folder].join('\n');
}

test('60 hostile archives change nothing, and say so', async () => {
  const before = await everything();
  const archives = Object.entries(await hostile());
  const through: string[] = [];
  for (const [what, content] of archives) {
    await writeFile(inFolder('evil.tar.gz'), content);
    const job = await done('/api/restore', { backup_file: 'evil.tar.gz' });
    if (job.status !== 'failed' || job.error === null) through.push(`${what}: ${job.status}`);
    if ((await everything()) !== before) through.push(`${what}: something changed`);
  }
  console.info(`archives: ${archives.length}, ${through.length} through`);
  expect(through).toEqual([]);
  expect(archives.length).toBeGreaterThanOrEqual(60);
  expect((await done('/api/restore', { backup_file: 'good.tar.gz' })).status).toBe('completed');
}, 60_000);
