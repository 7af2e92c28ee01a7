import { execFile } from 'node:child_process';

/** No further descriptor, so no file and no socket (getrlimit(2): RLIMIT_NOFILE); no byte into a file that is open. */
const LIMITS = ['--nofile=0:0', '--fsize=0:0', '--core=0:0'];

/**
 * Takes from another process of ours, for good, the means to open anything. What it has open it keeps. Resolves
 * false where the system has no such limits or no `prlimit` (util-linux).
 */
export function confine(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(false);
  return new Promise((resolve) => {
    execFile('prlimit', ['--pid', String(pid), ...LIMITS], { timeout: 5_000 }, (error) => resolve(!error));
  });
}
