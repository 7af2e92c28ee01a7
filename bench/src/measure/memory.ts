import { readFile } from 'node:fs/promises';
import { ifAlive } from './cpu.ts';

/** Bytes. RSS counts shared pages in each process, PSS splits them fairly (proc_pid_smaps(5)). */
export interface MemorySample {
  readonly rss: number;
  readonly pss: number;
}

/** Memory of a family of processes now. */
export async function sampleMemory(family: readonly number[]): Promise<MemorySample> {
  const texts = await Promise.all(
    family.map((pid) => ifAlive(readFile(`/proc/${pid}/smaps_rollup`, 'utf8'), '')),
  );
  const sum = (name: string) =>
    texts.reduce(
      (total, text) => total + 1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0),
      0,
    );
  return { rss: sum('Rss'), pss: sum('Pss') };
}
