import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Checkout, until } from './checkout.ts';

/** A checkout whose engine and server have been started once; answers the launcher and their process ids. */
async function running(checkout: Checkout, shell = '/bin/sh') {
  const launcher = checkout.launch(['start'], { shell });
  await until(`both run; ${launcher.err()}`, async () => {
    const counts = [await checkout.starts('engine'), await checkout.starts('server')];
    return counts.every((starts) => starts.length === 1);
  });
  const [engine] = await checkout.starts('engine');
  const [server] = await checkout.starts('server');
  return { launcher, engine: engine!, server: server! };
}

const shells = ['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell));

describe.each(shells)('under %s', (shell) => {
  test('SIGTERM reaches both, and the launcher ends with 0 when they have', async () => {
    await using checkout = await Checkout.create();
    const { launcher, engine, server } = await running(checkout, shell);
    const began = performance.now();
    launcher.child.kill('SIGTERM');
    expect(await launcher.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await checkout.lines('engine.log')).toContain(`term ${engine}`);
    expect(await checkout.lines('server.log')).toContain(`term ${server}`);
    expect(checkout.processes()).toEqual([]);
  });

  test('a program that is killed starts again, and the other does not notice', async () => {
    await using checkout = await Checkout.create();
    const { launcher, engine } = await running(checkout, shell);
    for (const round of [2, 3, 4]) {
      process.kill((await checkout.starts('engine')).at(-1)!, 'SIGKILL');
      await until('the engine runs again', async () => (await checkout.starts('engine')).length === round);
    }
    expect(await checkout.lines('server.log')).toHaveLength(1);
    expect(checkout.processes()).not.toContain(engine);
    launcher.child.kill('SIGINT');
    expect(await launcher.ended).toBe(0);
  });

  test('a wrong configuration (78) ends everything with 78', async () => {
    await using checkout = await Checkout.create();
    await checkout.write('server.does', 'exit 78');
    const launcher = checkout.launch(['start'], { shell });
    expect(await launcher.ended).toBe(78);
    expect(await checkout.starts('server')).toHaveLength(1);
    expect(checkout.processes()).toEqual([]);
  });

  test('when the launcher itself is killed, everything ends', async () => {
    await using checkout = await Checkout.create();
    await checkout.write('server.does', 'eof');
    const { launcher, server } = await running(checkout, shell);
    launcher.child.kill('SIGKILL');
    await until('nothing is left', () => checkout.processes().length === 0);
    expect(await checkout.lines('server.log')).toEqual(expect.arrayContaining([`eof ${server}`]));
  });
});

test('a program that will not end is killed within 5 s', async () => {
  await using checkout = await Checkout.create();
  await checkout.write('engine.does', 'stubborn');
  const { launcher } = await running(checkout);
  const began = performance.now();
  launcher.child.kill('SIGTERM');
  expect(await launcher.ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(5500);
  expect(checkout.processes()).toEqual([]);
});

test('a program that cannot start at all ends everything with its code', async () => {
  await using checkout = await Checkout.create();
  await checkout.write('engine.does', 'exit 3');
  const launcher = checkout.launch(['start']);
  expect(await launcher.ended).toBe(3);
  expect(launcher.err()).toContain('engine could not start');
  expect(checkout.processes()).toEqual([]);
});

test('starts that fail at once come ever more slowly', async () => {
  await using checkout = await Checkout.create();
  const { launcher, engine } = await running(checkout);
  // What dies after 2 s of life is started at once, and has proven that it can start.
  await pause(3000);
  await checkout.write('engine.does', 'exit 1');
  process.kill(engine, 'SIGKILL');
  const began = performance.now();
  await until('four more starts', async () => (await checkout.starts('engine')).length === 5);
  // 0.2 + 0.4 + 0.8 s between them, and now a pause of 1.6 s that SIGTERM cuts short.
  expect(performance.now() - began).toBeGreaterThan(1400);
  await until('the last has ended', () => launcher.err().split('ended with code 1;').length === 5);
  const asked = performance.now();
  launcher.child.kill('SIGTERM');
  expect(await launcher.ended).toBe(0);
  expect(performance.now() - asked).toBeLessThan(1000);
});

test('a loop that is killed comes back, with its program', async () => {
  await using checkout = await Checkout.create();
  const { engine } = await running(checkout);
  const [keeper] = await checkout.lines('data/run/launcher/engine.keeper');
  process.kill(Number(keeper), 'SIGKILL');
  await until('the engine runs again', async () => (await checkout.starts('engine')).length === 2);
  expect(checkout.processes()).not.toContain(engine);
});

test('a data folder has one launcher, and the next may have it when the first was killed', async () => {
  await using checkout = await Checkout.create();
  const { launcher } = await running(checkout);
  const second = checkout.launch(['start']);
  expect(await second.ended).toBe(1);
  expect(second.err()).toContain('another Nightjar');
  expect(await checkout.starts('engine')).toHaveLength(1);
  launcher.child.kill('SIGKILL');
  await launcher.ended;
  const third = checkout.launch(['start']);
  await until('it runs anew', async () => (await checkout.starts('engine')).length === 2);
  third.child.kill('SIGTERM');
  expect(await third.ended).toBe(0);
});

describe('options', () => {
  test('paths are relative to the caller, the data folder is private, and stdout is the server’s', async () => {
    await using checkout = await Checkout.create();
    const cwd = join(checkout.root, 'elsewhere');
    await mkdir(cwd);
    await checkout.write('elsewhere/my.yaml', '');
    const launcher = checkout.launch(['start', '--config', 'my.yaml', '--data=my data'], { cwd });
    await until('both run', async () => (await checkout.lines('server.log')).length === 1);
    await until(
      'both have spoken',
      () => launcher.out() !== '' && launcher.err().includes('engine says ready'),
    );
    const facts = JSON.parse((await checkout.lines('server.log'))[0]!.split(' ').slice(2).join(' '));
    expect(facts).toEqual({
      args: ['--config', join(cwd, 'my.yaml')],
      data: join(cwd, 'my data'),
      pipe: '1',
      cwd: checkout.root,
    });
    expect((await stat(join(cwd, 'my data'))).mode & 0o777).toBe(0o700);
    launcher.child.kill('SIGTERM');
    expect(await launcher.ended).toBe(0);
    expect(launcher.out()).toBe('server says ready\n');
  });

  test.each([
    [['start', '--config', 'none.yaml'], 78, 'none.yaml'],
    [['start', '--data'], 64, '--data'],
    [['start', '--dta', 'x'], 64, '--dta'],
    [['strat'], 64, 'strat'],
    [['test', 'units'], 64, 'unit'],
  ])('%j is refused with %d', async (args, code, told) => {
    await using checkout = await Checkout.create();
    const launcher = checkout.launch(args);
    expect(await launcher.ended).toBe(code);
    expect(launcher.err()).toContain(told);
    expect(launcher.out()).toBe('');
  });
});
