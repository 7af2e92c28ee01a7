import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout, type Started, until } from './checkout.ts';

async function startAndStop(checkout: Checkout): Promise<Started> {
  const before = (await checkout.starts('server')).length;
  const launcher = checkout.launch(['start']);
  await until('the server runs', async () => (await checkout.starts('server')).length > before);
  launcher.child.kill('SIGTERM');
  await launcher.ended;
  return launcher;
}

describe('what is made before the start', () => {
  test('packages once, and again when the lock file has changed', async () => {
    await using checkout = await Checkout.create();
    const npm = async () => (await checkout.lines('calls.log')).filter((line) => line.startsWith('npm '));
    await startAndStop(checkout);
    expect(await npm()).toEqual(['npm ci --ignore-scripts --no-audit --no-fund --loglevel=error']);
    await startAndStop(checkout);
    expect(await npm()).toHaveLength(1);
    await checkout.write('package-lock.json', '{"lockfileVersion":3}');
    await startAndStop(checkout);
    expect(await npm()).toHaveLength(2);
  });

  test('the page once, and again when a source of it has changed', async () => {
    await using checkout = await Checkout.create();
    const vite = async () => (await checkout.lines('calls.log')).filter((line) => line.startsWith('vite '));
    await startAndStop(checkout);
    await startAndStop(checkout);
    expect(await vite()).toEqual(['vite build web --logLevel warn']);
    await checkout.write('web/src/new.ts', 'export {}');
    await startAndStop(checkout);
    expect(await vite()).toHaveLength(2);
  });

  test('a link to the launcher finds its checkout', async () => {
    await using checkout = await Checkout.create();
    await mkdir(join(checkout.root, 'elsewhere'));
    await symlink('../nightjar', join(checkout.root, 'elsewhere/one'));
    await symlink(join(checkout.root, 'elsewhere/one'), join(checkout.root, 'elsewhere/two'));
    const launcher = checkout.launch(['help'], { program: 'elsewhere/two' });
    expect(await launcher.ended).toBe(0);
    expect(launcher.out()).toContain('Usage: ./nightjar');
  });

  test('a failed install is told and nothing starts', async () => {
    await using checkout = await Checkout.create();
    await checkout.program('path/npm', 'echo broken registry >&2; exit 1\n');
    const launcher = checkout.launch(['start']);
    expect(await launcher.ended).toBe(1);
    expect(launcher.err()).toMatch(/broken registry[\s\S]*npm ci failed/);
    expect(await checkout.starts('server')).toEqual([]);
  });

  test('an install under way ends with the launcher', async () => {
    await using checkout = await Checkout.create();
    await checkout.program('path/npm', 'echo $$ >"$STAND_IN_DIR/calls.log"\nexec sleep 60\n');
    const launcher = checkout.launch(['start']);
    await until('npm runs', async () => (await checkout.lines('calls.log')).length === 1);
    const [npm] = await checkout.lines('calls.log');
    launcher.child.kill('SIGTERM');
    expect(await launcher.ended).toBe(143);
    expect(() => process.kill(Number(npm), 0)).toThrow('ESRCH');
  });
});

describe('test', () => {
  const lastLine = (started: Started): string | undefined => started.out().trimEnd().split('\n').at(-1);

  test.each([
    [
      'counts',
      "import { writeFileSync } from 'node:fs';\nconsole.log('x');\nwriteFileSync(process.argv[2], '7 0\\n');",
      0,
      '7 passed, 0 failed',
    ],
    [
      'a failure',
      "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], '7 2\\n');",
      1,
      '7 passed, 2 failed',
    ],
    [
      'no test at all',
      "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], '0 0\\n');",
      1,
      '0 passed, 0 failed',
    ],
    ['a crash', "console.log('5 passed, 0 failed');\nprocess.abort();", 1, '0 passed, 1 failed'],
    ['an error', "throw new Error('no');", 1, '0 passed, 1 failed'],
  ])('closes with the counts: %s', async (_, suite, code, line) => {
    await using checkout = await Checkout.create();
    await checkout.write('tools/src/suite.ts', suite);
    const launcher = checkout.launch(['test', 'check']);
    expect(await launcher.ended).toBe(code);
    expect(lastLine(launcher)).toBe(line);
  });

  test('a failed install is a failed suite', async () => {
    await using checkout = await Checkout.create();
    await checkout.program('path/npm', 'exit 1\n');
    const launcher = checkout.launch(['test']);
    expect(await launcher.ended).toBe(1);
    expect(lastLine(launcher)).toBe('0 passed, 1 failed');
  });

  test('SIGTERM ends the run and counts as a failure', async () => {
    await using checkout = await Checkout.create();
    await checkout.write('tools/src/suite.ts', "console.log('under way');\nsetInterval(() => {}, 1000);");
    const launcher = checkout.launch(['test', 'check']);
    await until('the suite runs', () => launcher.out().includes('under way'));
    launcher.child.kill('SIGTERM');
    expect(await launcher.ended).toBe(1);
    expect(lastLine(launcher)).toBe('0 passed, 1 failed');
  });

  test('what the tests need and is missing is named to those who may not install it', async () => {
    await using checkout = await Checkout.create();
    await checkout.program('path/dpkg-query', 'exit 1\n');
    await checkout.program('path/id', 'echo 1000\n');
    const launcher = checkout.launch(['test', 'unit']);
    expect(await launcher.ended).toBe(1);
    expect(launcher.err()).toMatch(/apt-get install ffmpeg chromium gstreamer/);
    expect(lastLine(launcher)).toBe('0 passed, 1 failed');
  });
});
