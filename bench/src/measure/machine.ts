import { cpus, loadavg, release, totalmem } from 'node:os';
import { outputOf } from '@nightjar/e2e/harness';

/** Where and with what a figure was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  readonly ffmpeg: string;
  /** Load average of the last minute when the benchmark began: others on the machine make figures worse. */
  readonly loadBefore: number;
}

export async function describeMachine(): Promise<Machine> {
  const [first] = (await outputOf('ffmpeg', ['-version'])).toString().split('\n');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    ffmpeg: first?.split(' ')[2] ?? 'unknown',
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGib, kernel, node, ffmpeg, loadBefore } = machine;
  return `${cores} x ${cpu}, ${memoryGib} GiB, Linux ${kernel}, Node ${node}, ffmpeg ${ffmpeg}, load ${loadBefore.toFixed(2)} before`;
}
