import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { buildClient } from './built.ts';
import { clientTexts } from './texts.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What a partner would write. */
const USE = `import { NightjarClient, NightjarError, openWebhook, type PartnerBookmark } from '@nightjar/client';
const client = new NightjarClient({ base: 'http://127.0.0.1:9', clientId: 'a', clientSecret: 'b' });
export async function first(): Promise<PartnerBookmark | undefined> {
  for await (const stream of client.streams({ state: 'LIVE' })) {
    const made = await client.createBookmark(stream.id, { source: 'live', tags: ['a'] });
    const confidence: number | null = made.confidence;
    if (confidence !== null) return client.ready(made);
  }
  return undefined;
}
// @ts-expect-error a state that is none
client.streams({ state: 'live' });
const wrong = await openWebhook('secret', 't=1,v1=00', '{}').catch((error: Error) => error.message);
const error = new NightjarError(404, 'gone');
console.log(JSON.stringify([typeof client.consume, error.status, wrong]));
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-client-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the clients of partners have the shapes of the contract: `npm run clients` writes them', async () => {
  for (const { path, text } of await clientTexts())
    expect([path, await readFile(path, 'utf8')]).toEqual([path, text]);
});

test('the package of the TypeScript client is typed and runs, with nothing beside it', async () => {
  const built = join(folder, 'node_modules/@nightjar/client');
  await mkdir(built, { recursive: true });
  await buildClient(built);
  await writeFile(join(folder, 'use.ts'), USE);
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  const strict = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--types',
    '',
  ];
  const tsc = [join(ROOT, 'node_modules/.bin/tsc'), ...strict, join(folder, 'use.ts')] as const;
  const compiled = await runProgram(tsc, { cwd: folder, limitMs: 60_000 });
  expect([compiled.output, compiled.code]).toEqual(['', 0]);
  const ran = await runProgram([process.execPath, 'use.js'], { cwd: folder, limitMs: 20_000 });
  expect([ran.output.trim(), ran.code]).toEqual(['["function",404,"it is not signed with this secret"]', 0]);
}, 120_000);

test('the Python client is typed throughout', async () => {
  const mypy = ['mypy', '--strict', '--cache-dir', join(folder, 'mypy'), 'nightjar_client.py'] as const;
  const { code, output } = await runProgram(mypy, { cwd: join(ROOT, 'clients/python'), limitMs: 120_000 });
  expect([output.trim(), code]).toEqual(['Success: no issues found in 1 source file', 0]);
}, 120_000);
