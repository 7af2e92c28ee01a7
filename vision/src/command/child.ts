import { type ChildProcess, spawn } from 'node:child_process';
import { PixelError } from '../backend.ts';

const KEPT_ENVIRONMENT = ['PATH', 'NIGHTJAR_DATA_DIR'];
/** Characters of its last words that are kept. */
const KEPT = 500;

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** What it throws ends the child. */
  readonly onOutput: (bytes: Buffer) => void;
  /** It ended, in whatever way; `words` is what it said last. */
  readonly onEnd: (ended: { code: number | null; words: string }) => void;
}

/** One `ffmpeg` that reads from a pipe and writes to another; it gets no address and no file. */
export class Child {
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;

  constructor({ program, args, onOutput, onEnd }: ChildOptions) {
    const process = spawn(
      program,
      ['-hide_banner', '-nostdin', '-loglevel', 'error', '-threads', '1', ...args],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        // Neither settings nor proxies of whoever started us; the folder says whose child it is.
        env: Object.fromEntries(KEPT_ENVIRONMENT.map((name) => [name, globalThis.process.env[name]])),
      },
    );
    this.#process = process;
    let words = '';
    // Its end is told by `close`; a pipe that breaks before says nothing more.
    process.stdin!.on('error', () => undefined);
    process.stdout!.on('data', (bytes: Buffer) => {
      try {
        onOutput(bytes);
      } catch (error) {
        words = error instanceof Error ? error.message : String(error);
        process.kill('SIGKILL');
      }
    });
    process.stderr!.on('data', (data: Buffer) => {
      words = (words + data.toString()).slice(-KEPT);
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, said: string): void => {
        resolve();
        onEnd({ code, words: said.trim() });
      };
      process.once('error', (error) => end(null, error.message));
      process.once('close', (code) => {
        if (process.pid !== undefined) end(code, words);
      });
    });
  }

  /** Resolves when the pipe has taken the bytes, or the child is gone. */
  write(...chunks: readonly Uint8Array[]): Promise<void> {
    const stdin = this.#process.stdin!;
    if (!stdin.writable) return Promise.resolve();
    stdin.cork();
    const [last] = chunks.slice(-1);
    for (const chunk of chunks.slice(0, -1)) stdin.write(chunk);
    const written = new Promise<void>((resolve) => stdin.write(last, () => resolve()));
    stdin.uncork();
    return Promise.race([written, this.ended]);
  }

  /** No more input: it finishes what it has. */
  finish(): Promise<void> {
    this.#process.stdin!.end();
    return this.ended;
  }

  kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    return this.ended;
  }
}

/** Throws PixelError when there is no such program or it does not answer. */
export async function checkProgram(program: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const child = new Child({
    program,
    args: ['-version'],
    onOutput: () => undefined,
    onEnd: ({ code }) => resolve(code),
  });
  void child.finish();
  if ((await promise) !== 0) throw new PixelError(`the program ${program} cannot be run`);
}
