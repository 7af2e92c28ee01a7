import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import type { KindName } from './kinds.ts';

const PROGRAM = new URL('./try-kind.ts', import.meta.url);
/** Milliseconds that a driver may take to be loaded and to code some pictures. */
const LIMIT = 8_000;

/** Files of `/dev` by which coders are reached; none where there is no such folder. */
export async function videoDevices(): Promise<string[]> {
  const [top, dri] = await Promise.all(['/dev', '/dev/dri'].map((path) => readdir(path).catch(() => [])));
  return [...top!, ...dri!.map((name) => `dri/${name}`)];
}

/** Whether a coder does what is needed, tried in a process of its own. */
export function tryOut(name: KindName): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM.pathname, name], { stdio: 'ignore', timeout: LIMIT });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
