import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * A program that stands in for engine, server or camera: it says how it was started in a line of `NAME.log`,
 * ends on SIGTERM, and does what its file `NAME.does` says: `exit N`, `stubborn` (ignores SIGTERM) or `eof`
 * (says when its standard input ends).
 */
const STAND_IN = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const name = process.argv[1].includes('engine') ? 'engine' : process.argv[1].includes('server') ? 'server' : 'camera';
const dir = process.env.STAND_IN_DIR;
const say = (text) => appendFileSync(dir + '/' + name + '.log', text + '\\n');
const does = existsSync(dir + '/' + name + '.does') ? readFileSync(dir + '/' + name + '.does', 'utf8') : '';
const timer = setInterval(() => {}, 1000);
if (does === 'eof') process.stdin.on('end', () => say('eof ' + process.pid)).resume();
process.on('SIGTERM', () => {
  say('term ' + process.pid);
  if (does !== 'stubborn') process.exit(0);
});
say('start ' + process.pid + ' ' + JSON.stringify({ args: process.argv.slice(2), data: process.env.NIGHTJAR_DATA_DIR, pipe: process.env.NIGHTJAR_PARENT_PIPE, cwd: process.cwd() }));
console.log(name + ' says ready');
console.error(name + ' says something');
if (does.startsWith('exit')) process.exit(Number(does.slice(5)));
`;

export interface Started {
  child: ChildProcess;
  out(): string;
  err(): string;
  /** Exit code, or the signal's name; output is complete by then. */
  ended: Promise<number | string>;
}

/** A checkout of its own with the real launcher, stand-in programs, and stand-ins for npm and Vite. */
export class Checkout implements AsyncDisposable {
  readonly root: string;
  readonly #started: Started[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<Checkout> {
    const root = await mkdtemp(join(tmpdir(), 'nightjar-launcher-'));
    await cp(join(ROOT, 'nightjar'), join(root, 'nightjar'));
    await cp(join(ROOT, 'tools/launcher'), join(root, 'tools/launcher'), { recursive: true });
    const made = new Checkout(root);
    const programs = ['engine/dist/main.js', 'server/dist/main.js', 'media/src/testing/cli.ts'];
    for (const path of [...programs, 'engine/src/main.ts', 'server/src/main.ts']) {
      await made.write(path, STAND_IN);
    }
    await made.write('tools/src/programs/main.ts', '');
    for (const path of ['web/src/a.ts', 'web/public/a', 'web/index.html', 'web/vite.config.ts']) {
      await made.write(path, '');
    }
    await made.write('web/package.json', '{"type":"module"}');
    await made.write('package.json', '{"type":"module"}');
    await made.write('contract/src/a.ts', '');
    await made.write('package-lock.json', '{}');
    await made.program(
      'path/npm',
      'echo "npm $*" >>"$STAND_IN_DIR/calls.log"; mkdir -p node_modules/.bin && cp -a bin/. node_modules/.bin/',
    );
    await made.program('bin/vite', 'echo "vite $*" >>"$STAND_IN_DIR/calls.log"; mkdir -p web/dist');
    await symlink(process.execPath, join(root, 'bin/node'));
    return made;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  /** A shell script that can be called; those in `path/` come before the system's. */
  async program(path: string, script: string): Promise<void> {
    await this.write(path, `#!/bin/sh\n${script}\n`);
    await chmod(join(this.root, path), 0o755);
  }

  /** Lines of a file of the checkout; none when it is not there. */
  async lines(path: string): Promise<string[]> {
    const text = await readFile(join(this.root, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').filter((line) => line !== '');
  }

  /** Process ids with which a stand-in has started, oldest first. */
  async starts(name: string): Promise<number[]> {
    const lines = await this.lines(`${name}.log`);
    return lines.filter((line) => line.startsWith('start ')).map((line) => Number(line.split(' ')[1]));
  }

  launch(
    args: readonly string[],
    options: { shell?: string; program?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
  ): Started {
    const child = spawn(
      options.shell ?? '/bin/sh',
      [join(this.root, options.program ?? 'nightjar'), ...args],
      {
        cwd: options.cwd ?? this.root,
        env: {
          PATH: `${join(this.root, 'path')}:${process.env['PATH']}`,
          STAND_IN_DIR: this.root,
          NODE_COMPILE_CACHE: join(this.root, '.cache'),
          ...options.env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
    const started = { child, out: () => out, err: () => err, ended };
    this.#started.push(started);
    return started;
  }

  /** Every process that runs in this checkout's name, the launcher's shells included. */
  processes(): number[] {
    const lines = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
    return lines
      .filter((line) => line.includes(this.root) && !/^\s*\d+\s+Z/.test(line))
      .map((line) => Number.parseInt(line, 10));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#started) if (child.exitCode === null) child.kill('SIGKILL');
    await until('no process is left', () => this.processes().length === 0, 8000);
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Waits until `holds` does; rejects after `limitMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 6000,
): Promise<void> {
  for (const began = performance.now(); performance.now() - began < limitMs; await pause(20)) {
    if (await holds()) return;
  }
  throw new Error(`waited ${limitMs} ms: ${what}`);
}
