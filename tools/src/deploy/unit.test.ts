import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What systemd calls OK; an unhardened service has 9.6. */
const MAX_EXPOSURE = 2;
const analyze = promisify(execFile);
let folder: string;
let unit: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-unit-'));
  unit = join(folder, 'nightjar.service');
  const text = await readFile(join(ROOT, 'deploy/nightjar.service'), 'utf8');
  // Where the product is here, and not where it will be.
  await writeFile(unit, text.replaceAll('/opt/nightjar', ROOT));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('systemd finds nothing wrong with the unit', async () => {
  const { stdout, stderr } = await analyze('systemd-analyze', ['verify', '--man=no', unit]);
  expect(stdout + stderr).toBe('');
});

test('the unit gives the product little of the machine', async () => {
  const { stdout } = await analyze('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
  const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
  console.info(`exposure of the unit: ${exposure}`);
  expect(exposure).toBeLessThanOrEqual(MAX_EXPOSURE);
});
