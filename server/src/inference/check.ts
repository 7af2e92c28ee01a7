import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Detector } from '@nightjar/contract';
import type { Clock } from '../kernel/index.ts';

const PROGRAM = new URL('../../../vision/src/detector/check.ts', import.meta.url);

/** What became of a check: how long one picture takes in milliseconds, or why the network cannot be used. */
export type CheckResult = { ok: true; ms: number } | { ok: false; message: string };

/** Milliseconds and bytes of memory that a network may take. */
const LIMIT_MS = 60_000;
const LIMIT_BYTES = 2 * 1024 ** 3;
const LOOK_MS = 100;
const MAX_ANSWER = 10_000;
/** Bytes of a page of memory on every machine that the runtime is built for. */
const PAGE = 4096;
/** What the program says when it has read what it is made of. */
const LOADED = 'loaded\n';
/** From then on it can open nothing: no file, no socket (Linux, where there is util-linux). */
const CONFINED = ['--nofile=0:0'];
/**
 * Seconds of processor time, and no byte may be written into a file; the program cannot raise what was lowered. Its
 * own permissions let it read files and start nothing.
 */
const SANDBOX = 'ulimit -t 60; ulimit -f 0; ulimit -c 0; exec "$@"';

/** Reads and runs a network once in a process of its own that has no rights, no secrets and little time. */
export async function checkModel(detector: Detector, clock: Clock): Promise<CheckResult> {
  const flags = [
    '--permission',
    '--allow-addons',
    '--allow-fs-read=*',
    '--no-warnings',
    '--max-old-space-size=512',
  ];
  const child = spawn(
    'sh',
    ['-c', SANDBOX, 'sh', process.execPath, ...flags, PROGRAM.pathname, JSON.stringify(detector)],
    { env: { PATH: process.env['PATH'] }, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  // It may be gone before it has read all of it.
  child.stdin.on('error', () => undefined);
  let answer = '';
  let reason: string | undefined;
  const end = (why: string): void => {
    reason ??= why;
    child.kill('SIGKILL');
  };
  child.stdout.on('data', (bytes: Buffer) => {
    const begins = answer.length < LOADED.length;
    answer += bytes.toString('latin1').slice(0, MAX_ANSWER);
    if (begins && answer.startsWith(LOADED)) void hand(child, detector.file);
    if (answer.length > MAX_ANSWER) end('it says too much');
  });
  const stopTime = clock.after(LIMIT_MS, () => end('it takes too long'));
  const stopLook = clock.every(LOOK_MS, () => {
    void memoryOf(child.pid).then((bytes) => {
      if (bytes > LIMIT_BYTES) end('it takes too much memory');
    });
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  });
  stopTime();
  stopLook();
  return (
    resultOf(answer.slice(LOADED.length)) ?? {
      ok: false,
      message: reason ?? `the program that reads it ended (${code ?? 'killed'})`,
    }
  );
}

/** The network's bytes, to a program that can open nothing any more. */
async function hand({ pid, stdin }: ChildProcess, file: string): Promise<void> {
  const args = ['--pid', String(pid), ...CONFINED];
  await new Promise<void>((resolve) => void execFile('prlimit', args, () => resolve()));
  // A file that cannot be read is no network, and a program that ended says why itself.
  await pipeline(createReadStream(file), stdin!).catch(() => stdin!.end());
}

function resultOf(answer: string): CheckResult | undefined {
  try {
    const said = JSON.parse(answer) as Partial<{ ok: boolean; ms: number; message: string }>;
    if (said.ok === true) return { ok: true, ms: Number(said.ms) };
    return {
      ok: false,
      message: String(said.message)
        .replace(/\S*\/\S*/g, '…')
        .slice(0, 300),
    };
  } catch {
    return undefined;
  }
}

/** 0 where nobody can say. */
async function memoryOf(pid: number | undefined): Promise<number> {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ');
    return Number(pages) * PAGE;
  } catch {
    return 0;
  }
}
