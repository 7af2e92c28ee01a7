import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from './build.ts';

const run = promisify(execFile);

const SOURCES = {
  'package-lock.json': '{}',
  'media/package.json': '{"name":"@nightjar/media","type":"module","exports":{"./words":"./src/words.ts"}}',
  'media/src/words.ts': "export const word: string = 'hello';\n",
  'contract/src/a.ts': '',
  'vision/src/main.ts': "console.log('pixels');\n",
  'tools/src/programs/a.ts': '',
  'server/src/main.ts':
    "import 'elsewhere';\nconst later = await import('./later.ts');\nconsole.log(later.text);\n",
  'server/src/later.ts':
    "import { word } from '@nightjar/media/words';\nexport const text = word + ' later';\n",
  'node_modules/elsewhere/package.json': '{"name":"elsewhere","type":"module","main":"index.js"}',
  'node_modules/elsewhere/index.js': "console.log('a package');\n",
  'engine/src/main.ts': "import './deep/start.ts';\n",
  'engine/src/deep/start.ts': [
    "import { Worker } from 'node:worker_threads';",
    "const worker = new Worker(new URL('./worker.ts', import.meta.url));",
    "worker.on('message', (text: string) => console.log(text));",
    "console.log(new URL('../../../vision/src/main.ts', import.meta.url).pathname.split('/').pop());",
  ].join('\n'),
  'engine/src/deep/worker.ts': [
    "import { parentPort } from 'node:worker_threads';",
    "import { word } from '@nightjar/media/words';",
    "parentPort!.postMessage(word + ' from a worker');",
  ].join('\n'),
};

let root: string;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nightjar-build-'));
  for (const [path, text] of Object.entries(SOURCES)) await write(path, text);
  await mkdir(join(root, 'node_modules/@nightjar'));
  await symlink(join(root, 'media'), join(root, 'node_modules/@nightjar/media'));
});

afterAll(() => rm(root, { recursive: true }));

const output = async (program: string): Promise<string[]> => {
  const { stdout } = await run(process.execPath, [join(root, program, 'dist/main.js')]);
  return stdout.trim().split('\n');
};

test('each program runs from what was built: packages from where they are, parts when they are wanted', async () => {
  expect(await buildPrograms(root)).toBe(true);
  expect(await output('server')).toEqual(['a package', 'hello later']);
  expect(await readFile(join(root, 'server/dist/main.js'), 'utf8')).not.toContain('hello');
});

test('workers and other programs are started from files of the build', async () => {
  await buildPrograms(root);
  const [vision, worker] = await output('engine');
  expect(worker).toBe('hello from a worker');
  expect(vision).toMatch(/^vision-.*\.js$/);
  expect((await run(process.execPath, [join(root, 'engine/dist', vision!)])).stdout).toBe('pixels\n');
});

test('nothing is made again but from changed sources, and tests are none', async () => {
  await buildPrograms(root);
  await write('server/src/later.test.ts', 'no TypeScript at all');
  expect(await buildPrograms(root)).toBe(false);
  await write('media/src/words.ts', "export const word: string = 'good evening';\n");
  expect(await buildPrograms(root)).toBe(true);
  expect(await output('server')).toContain('good evening later');
});

test('what running programs may still load stays for a day', async () => {
  await write('server/src/later.ts', "export const text = 'first';\n");
  await buildPrograms(root);
  const parts = async () =>
    (await readdir(join(root, 'server/dist'))).filter((name) => name.startsWith('later'));
  const before = await parts();
  await write('server/src/later.ts', "export const text = 'second';\n");
  await buildPrograms(root);
  const both = await parts();
  expect(both).toEqual(expect.arrayContaining(before));
  expect(both.length).toBe(before.length + 1);
  for (const name of before) await utimes(join(root, 'server/dist', name), 0, 0);
  await write('server/src/later.ts', "export const text = 'third';\n");
  await buildPrograms(root);
  expect(await parts()).not.toEqual(expect.arrayContaining(before));
});

test('a program that cannot be built says why, and the next time it is tried again', async () => {
  await write('server/src/later.ts', 'export const text = ;\n');
  await expect(buildPrograms(root)).rejects.toThrow(/later\.ts/);
  await write('server/src/later.ts', "export const text = 'mended';\n");
  expect(await buildPrograms(root)).toBe(true);
  expect(await output('server')).toContain('mended');
});

test('what comes with Node loads no more than is imported of it', async () => {
  const lines = [
    "import http, { STATUS_CODES } from 'node:http';",
    "import * as path from 'node:path';",
    "const fetching = process.moduleLoadList.filter((name) => name.endsWith('undici/undici'));",
    "console.log(STATUS_CODES[404], http.STATUS_CODES === STATUS_CODES, path.basename('/a/b'), fetching.length);",
  ];
  await write('server/src/main.ts', lines.join('\n'));
  await buildPrograms(root);
  expect(await output('server')).toEqual(['Not Found true b 0']);
});

test('private names of what works for each frame are plain ones, told apart where a class extends another', async () => {
  await write(
    'media/src/stream/count.ts',
    [
      'export class Count { #n = 1; static #made = 0; get n(): number { return this.#n; }',
      '  #more(by: number): void { this.#n += by; } add(): void { this.#more(1); Count.#made++; }',
      '  static get made(): number { return Count.#made; } }',
      'export class Twice extends Count { #n = 10; get ten(): number { return this.#n; } }',
      'export class Aside { #n = 5; get n(): number { return this.#n; } }',
    ].join('\n'),
  );
  await write(
    'server/src/main.ts',
    [
      "import { Aside, Count, Twice } from '../../media/src/stream/count.ts';",
      'class Here { readonly #secret = 7; get half(): number { return this.#secret / 7; } }',
      'const twice = new Twice();',
      'twice.add();',
      'const names = (of: object): number => Object.keys(of).length;',
      'const aside = new Aside();',
      'const all = [twice.n, twice.ten, Count.made, aside.n, names(twice), names(aside), new Here().half];',
      "console.log([...all, names(new Here())].join(' '));",
    ].join('\n'),
  );
  await buildPrograms(root);
  expect(await output('server')).toEqual(['2 10 1 5 2 1 1 0']);
});
