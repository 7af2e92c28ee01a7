import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cpuBetween, cpuOfThreads, familyOf, sampleCpu } from './cpu.ts';
import { sampleMemory } from './memory.ts';

/** A shell whose child spins for `ms` and then waits. */
async function spinning(ms: number) {
  const spin = `const end = Date.now() + ${ms}; while (Date.now() < end); console.log('spun'); setTimeout(() => {}, 60000)`;
  const shell = spawn('sh', ['-c', `"$0" -e "$1" & wait`, process.execPath, spin], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { pid: shell.pid!, spun: once(shell.stdout, 'data'), shell };
}

describe('CPU time of a family of processes', () => {
  it.skipIf(process.platform !== 'linux')(
    'counts a child that spins for 300 ms, and little else',
    async () => {
      const { pid, spun, shell } = await spinning(300);
      try {
        await spun;
        const family = await familyOf([pid]);
        expect(family).toHaveLength(2);
        expect(await familyOf([pid], new Set([family[1]!]))).toEqual([pid]);
        const sample = await sampleCpu(family);
        expect(sample.schedMs).toBeGreaterThan(200);
        expect(sample.schedMs).toBeLessThan(1500);
        expect(Math.abs(sample.schedMs - sample.statMs)).toBeLessThan(60);
        const { rss, pss } = await sampleMemory(family);
        expect(rss).toBeGreaterThan(20e6);
        expect(pss).toBeLessThanOrEqual(rss);
      } finally {
        for (const member of (await familyOf([pid])).reverse()) process.kill(member, 'SIGKILL');
        await once(shell, 'close');
      }
    },
  );

  it('takes a process that has ended for nothing', async () => {
    expect(await familyOf([2 ** 22 + 1])).toEqual([2 ** 22 + 1]);
    expect(await sampleCpu([2 ** 22 + 1])).toMatchObject({ schedMs: 0, statMs: 0 });
  });

  it('refuses two accounts that disagree', () => {
    const at = (schedMs: number, statMs: number, threads = ['1']) => ({ schedMs, statMs, threads, at: 0 });
    expect(cpuBetween(at(100, 100), at(350, 340), 1)).toBe(250);
    expect(() => cpuBetween(at(100, 100), at(150, 900), 1)).toThrow('disagree');
    expect(cpuOfThreads(at(100, 100), at(150, 900))).toBe(50);
    expect(() => cpuOfThreads(at(100, 100), at(150, 900, ['1', '2']))).toThrow('came or went');
  });
});
