import { spawn } from 'node:child_process';

/** How a program ended. `output` holds its standard output and error as they came. */
export interface Ended {
  code: number;
  output: string;
  seconds: number;
}

/**
 * Runs a program to its end and keeps what it says. Code 127 means it could not be started, 124 that it ran
 * past `limitMs` and was killed, 128 that a signal ended it. Aborting `signal` sends SIGTERM.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: { cwd: string; env?: NodeJS.ProcessEnv; limitMs?: number; signal?: AbortSignal; echo?: boolean },
): Promise<Ended> {
  const began = performance.now();
  const [file, ...args] = command;
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk);
    if (options.echo) process.stderr.write(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, options.limitMs ?? 0x7fffffff);
  const stop = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop);
  child.once('error', (error) => {
    keep(Buffer.from(`${error.message}\n`));
    resolve(127);
  });
  child.once('close', (code) => resolve(late ? 124 : (code ?? 128)));
  const code = await promise;
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', stop);
  return { code, output: Buffer.concat(chunks).toString(), seconds: (performance.now() - began) / 1000 };
}
