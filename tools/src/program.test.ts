import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { runProgram } from './program.ts';

const cwd = import.meta.dirname;
const node = (script: string): [string, ...string[]] => [process.execPath, '-e', script];

test.each([
  ['says its code', node('process.exit(3)'), 3],
  ['ended by a signal', node("process.kill(process.pid, 'SIGKILL')"), 128],
  ['not there', ['./no-such-program'] as [string], 127],
])('a program that %s', async (_, command, code) => {
  expect((await runProgram(command, { cwd })).code).toBe(code);
});

test('both outputs are kept and shown', async () => {
  const echo = new PassThrough();
  const { code, output } = await runProgram(node("console.log('out'); console.error('err')"), { cwd, echo });
  expect([code, output.split('\n').sort()]).toEqual([0, ['', 'err', 'out']]);
  expect(String(echo.read())).toBe(output);
});

test('one that runs past its limit is ended, and so is one whose run is given up', async () => {
  const forever = node('setInterval(() => {}, 1000)');
  expect((await runProgram(forever, { cwd, limitMs: 50 })).code).toBe(124);
  expect((await runProgram(forever, { cwd, signal: AbortSignal.timeout(50) })).code).toBe(128);
  expect((await runProgram(forever, { cwd, signal: AbortSignal.abort() })).code).toBe(128);
});
