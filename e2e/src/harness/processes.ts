import { readdir, readFile } from 'node:fs/promises';

export interface ProcessFact {
  readonly pid: number;
  readonly command: string;
}

/**
 * Processes whose environment holds `marker` (such as `NIGHTJAR_DATA_DIR=/tmp/x`): whatever an installation
 * started, children of children included, orphans included. Linux only (/proc).
 */
export async function processesWith(marker: string): Promise<ProcessFact[]> {
  const found: ProcessFact[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = await readIfAlive(`/proc/${pid}/environ`);
    if (!environment?.split('\0').includes(marker)) continue;
    const command = await readIfAlive(`/proc/${pid}/cmdline`);
    found.push({ pid, command: (command ?? '').replaceAll('\0', ' ').trim() });
  }
  return found;
}

async function readIfAlive(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Ended in between, or somebody else's process.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
