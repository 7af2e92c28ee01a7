import { spawn } from 'node:child_process';

/** How a program ended. `output` holds its standard output and error as they came. */
export interface Ended {
  code: number;
  output: string;
  seconds: number;
}

const LONGEST_TIMER_MS = 0x7fffffff;
const GRACE_MS = 10_000;

/**
 * Runs a program to its end and keeps what it says; with `echo` it is shown as well. Code 127 means it could
 * not be started, 124 that it ran past `limitMs`, 128 that a signal ended it. Then and when `signal` aborts it
 * gets SIGTERM, and SIGKILL 10 s later.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: { cwd: string; limitMs?: number; signal?: AbortSignal; echo?: NodeJS.WritableStream },
): Promise<Ended> {
  const began = performance.now();
  const [file, ...args] = command;
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(file, args, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk);
    options.echo?.write(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killing ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    stop();
  }, options.limitMs ?? LONGEST_TIMER_MS);
  options.signal?.addEventListener('abort', stop);
  if (options.signal?.aborted) stop();
  child.once('error', (error) => {
    keep(Buffer.from(`${error.message}\n`));
    resolve(127);
  });
  child.once('close', (code) => resolve(late ? 124 : (code ?? 128)));
  const code = await promise;
  clearTimeout(limit);
  clearTimeout(killing);
  options.signal?.removeEventListener('abort', stop);
  return { code, output: Buffer.concat(chunks).toString(), seconds: (performance.now() - began) / 1000 };
}
