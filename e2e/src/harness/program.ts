import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from './eventually.ts';

const KEPT_LINES = 400;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  /** How failures call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A child process with its last lines of output; `NIGHTJAR_E2E_LOGS=1` shows them as they come. */
export class Program implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();
  #exit: Exit | undefined;

  private constructor(name: string, child: ChildProcess & { pid: number }) {
    this.name = name;
    this.pid = child.pid;
    this.#child = child;
    // 'close' and not 'exit': every line of output has been seen by then.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
    child.stdin!.on('error', () => undefined);
    this.#read(child.stdout!);
    this.#read(child.stderr!);
  }

  static async start(options: ProgramOptions): Promise<Program> {
    const child = spawn(options.command, options.args, {
      // Its end of this pipe closes when this process dies in any way: then the program ends as well.
      env: { ...process.env, NIGHTJAR_PARENT_PIPE: '1', ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const started = Promise.withResolvers<void>();
    child.once('spawn', started.resolve);
    child.once('error', (error) => started.reject(new Error(`${options.name}: ${error.message}`)));
    await started.promise;
    return new Program(options.name, child as ChildProcess & { pid: number });
  }

  /** undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** The last lines of its output, oldest first. */
  get output(): string {
    return this.#lines.join('\n');
  }

  /** The first match of `pattern` in a line of output, past ones included; rejects when the program ends first. */
  async line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    for (const line of this.#lines) {
      const match = pattern.exec(line);
      if (match) return match;
    }
    const found = Promise.withResolvers<RegExpExecArray>();
    const watcher = (line: string) => {
      const match = pattern.exec(line);
      if (match) found.resolve(match);
    };
    this.#watchers.add(watcher);
    const ended = this.exited.then((exit) => {
      throw new Error(`${this.name} ended (${exit.code ?? exit.signal}):\n${this.output}`);
    });
    try {
      return await within(
        `${this.name} to print ${pattern}`,
        Promise.race([found.promise, ended]),
        timeoutMs,
      );
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** Calls `watcher` with each line from now on; the returned function ends that. */
  watch(watcher: (line: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Sends a signal to this process alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** SIGTERM; answers how it ended and after how many milliseconds. Kills and rejects after `graceMs`. */
  async stop(graceMs = 5000): Promise<Exit & { tookMs: number }> {
    const began = performance.now();
    this.signal('SIGTERM');
    try {
      const exit = await within(`${this.name} to end after SIGTERM`, this.exited, graceMs);
      return { ...exit, tookMs: performance.now() - began };
    } catch (error) {
      await this.kill();
      throw new Error(`${String(error)}\n${this.output}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit === undefined) await this.stop();
  }

  #read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      if (process.env['NIGHTJAR_E2E_LOGS'] === '1') console.error(`[${this.name}] ${line}`);
      for (const watcher of this.#watchers) watcher(line);
    });
  }
}
