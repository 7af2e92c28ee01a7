import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const PROGRAMS = resolve(import.meta.dirname, '../../launcher/programs.sh');

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'nightjar-demo-'));
});
afterAll(() => rm(data, { recursive: true }));

/** As the launcher asks for it: under `set -eu`. */
async function secret(...asked: readonly string[]): Promise<string> {
  const script = 'set -eu; data=$1; . "$2"; shift 2; demo_secret "$@"';
  return (await run('sh', ['-c', script, 'sh', data, PROGRAMS, ...asked])).stdout;
}

it('what signs in to the demo is of many characters, kept, and of its owner alone', async () => {
  const password = await secret('password', '24', 'a-hjkmnp-z2-9');
  expect(password).toMatch(/^[a-hjkmnp-z2-9]{24}$/);
  expect(await secret('password', '24', 'a-hjkmnp-z2-9')).toBe(password);
  expect(await secret('token', '48', '0-9a-f')).toMatch(/^[0-9a-f]{48}$/);
  expect((await stat(join(data, 'demo-password'))).mode & 0o777).toBe(0o600);
});
