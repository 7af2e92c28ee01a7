import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
const DEADLINE_MS = 60_000;

/** Whom a program runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

/** A port of loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whom a server runs as: none wants to be root. */
export async function ownerOf(name: string): Promise<Owner | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** A program in its folder; `ready` rejects until it serves. */
export class Program {
  readonly #command: string;
  readonly #arguments: readonly string[];
  readonly #owner: Owner | undefined;
  readonly #ready: () => Promise<unknown>;
  #child: ReturnType<typeof spawn> | undefined;
  #said = '';

  constructor(parts: {
    command: string;
    arguments: readonly string[];
    owner: Owner | undefined;
    ready: () => Promise<unknown>;
  }) {
    this.#command = parts.command;
    this.#arguments = parts.arguments;
    this.#owner = parts.owner;
    this.#ready = parts.ready;
  }

  async start(): Promise<void> {
    const child = spawn(this.#command, this.#arguments, {
      ...this.#owner,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    });
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (text: Buffer) => {
        this.#said = `${this.#said}${text}`.slice(-4000);
      });
    }
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.#command} does not serve: ${this.#said}`);
      }
      try {
        return void (await this.#ready());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** To a program that runs. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** SIGINT ends both at once, SIGTERM waits for PostgreSQL's clients. */
  async stop(signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

/** A new folder that the program may write. */
export async function newFolder(name: string, owner: Owner | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `nightjar-${name}-`));
  if (owner) await chown(folder, owner.uid, owner.gid);
  return folder;
}
