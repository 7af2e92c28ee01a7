import { readdir, readFile } from 'node:fs/promises';

/** Kernel's USER_HZ, in which /proc/PID/stat counts (proc_pid_stat(5)); 100 on every Linux Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time of some processes at one moment, all threads and children. */
export interface CpuSample {
  /** Milliseconds by the scheduler's account, to the nanosecond, of threads alive now. */
  readonly schedMs: number;
  /** Milliseconds by /proc/PID/stat, in steps of 10, threads that ended included. */
  readonly statMs: number;
  /** Numbers of the threads alive, by which it is known that none came or went. */
  readonly threads: readonly string[];
  /** `performance.now()` of the reading. */
  readonly at: number;
}

/** `roots` and all their living descendants, each once; `others` and theirs are left out. */
export async function familyOf(
  roots: readonly number[],
  others: ReadonlySet<number> = new Set(),
): Promise<number[]> {
  const family: number[] = [];
  const queue = [...roots];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    if (family.includes(pid) || others.has(pid)) continue;
    family.push(pid);
    for (const task of await ifAlive(readdir(`/proc/${pid}/task`), [])) {
      const children = await ifAlive(readFile(`/proc/${pid}/task/${task}/children`, 'utf8'), '');
      queue.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return family;
}

/** CPU time used so far by a family. */
export async function sampleCpu(family: readonly number[]): Promise<CpuSample> {
  const each = await Promise.all(family.map(ofProcess));
  return {
    schedMs: each.reduce((sum, one) => sum + one.schedMs, 0),
    statMs: each.reduce((sum, one) => sum + one.statMs, 0),
    threads: each.flatMap((one) => one.threads),
    at: performance.now(),
  };
}

/**
 * Milliseconds of CPU between two samples. Rejects a pair whose two accounts disagree by more than 50 ms and
 * 10 %: then threads came and went, and neither figure is the truth.
 */
export function cpuBetween(before: CpuSample, after: CpuSample, processes: number): number {
  const sched = after.schedMs - before.schedMs;
  const stat = after.statMs - before.statMs;
  const slack = 50 + processes * 20 + stat * 0.1;
  if (Math.abs(sched - stat) > slack)
    throw new Error(`accounts of CPU time disagree: ${sched.toFixed(0)} ms by schedstat, ${stat} ms by stat`);
  return sched;
}

/**
 * Milliseconds of CPU between two samples of the same threads, by the scheduler's account alone: where work begins
 * with the tick that `stat` counts by, as that of a timer does, `stat` says up to a third too much. Rejects a pair
 * between which a thread came or went.
 */
export function cpuOfThreads(before: CpuSample, after: CpuSample): number {
  if (before.threads.join() !== after.threads.join()) throw new Error('threads came or went meanwhile');
  return after.schedMs - before.schedMs;
}

/** `otherwise` when the process or thread has ended, as a shell's short children do. */
export async function ifAlive<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return otherwise;
    throw error;
  }
}

async function ofProcess(pid: number): Promise<Omit<CpuSample, 'at'>> {
  const tasks = await ifAlive(readdir(`/proc/${pid}/task`), []);
  const texts = await Promise.all(
    tasks.map((task) => ifAlive(readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8'), '0')),
  );
  const schedMs = texts.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
  const stat = await ifAlive(readFile(`/proc/${pid}/stat`, 'utf8'), '');
  if (stat === '') return { schedMs, statMs: 0, threads: tasks };
  // Field 2 is the name in brackets and may hold spaces; utime, stime, cutime, cstime are fields 14-17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { schedMs, statMs: (ticks * 1000) / TICKS_PER_SECOND, threads: tasks };
}
