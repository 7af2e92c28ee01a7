import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import type { Clock, Log } from '../kernel/index.ts';

interface CpuTimes {
  busy: number;
  total: number;
}

function cpuTimes(): CpuTimes {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += all - times.idle;
    total += all;
  }
  return { busy, total };
}

const SAMPLE_MS = 2_000;

/** The machine and this program, as far as they can be measured. */
export class System {
  readonly version: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #startedAt: number;
  readonly #cancel: () => void;
  #before = cpuTimes();
  #cpu: number | null = null;

  constructor(options: { clock: Clock; log: Log; version: string }) {
    this.version = options.version;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#startedAt = options.clock.monotonic();
    this.#cancel = options.clock.every(SAMPLE_MS, () => this.#sampleCpu());
  }

  /** Whole seconds since the program started. */
  uptime(): number {
    return Math.floor((this.#clock.monotonic() - this.#startedAt) / 1000);
  }

  /** Percent of all cores that were busy during the last 2 s; null before the first sample. */
  cpuUsage(): number | null {
    return this.#cpu;
  }

  /** Bytes of the machine's memory in use. */
  memoryUsage(): number {
    return totalmem() - freemem();
  }

  /** This program: CPU seconds it took, bytes of memory it holds, Unix seconds of its start. */
  process(): { cpuSeconds: number; residentBytes: number; startedAt: number } {
    const { user, system } = process.cpuUsage();
    const startedAt = this.#clock.utc() / 1000 - process.uptime();
    return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss(), startedAt };
  }

  /** Bytes of the volume that holds `path`; null when it cannot be asked. */
  async diskUsage(path: string): Promise<{ used: number; total: number } | null> {
    try {
      const { blocks, bfree, bsize } = await statfs(path);
      return { used: (blocks - bfree) * bsize, total: blocks * bsize };
    } catch (error) {
      this.#log.debug({ err: error }, 'the volume of the recordings cannot be asked');
      return null;
    }
  }

  /** Bytes a program may still write on the volume that holds `path`; undefined when it cannot be asked. */
  async freeBytes(path: string): Promise<number | undefined> {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      this.#log.debug({ err: error }, 'the volume of the recordings cannot be asked');
      return undefined;
    }
  }

  close(): void {
    this.#cancel();
  }

  #sampleCpu(): void {
    const now = cpuTimes();
    const total = now.total - this.#before.total;
    if (total > 0) this.#cpu = Math.round((1000 * (now.busy - this.#before.busy)) / total) / 10;
    this.#before = now;
  }
}
