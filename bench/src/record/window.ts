import { setTimeout as pause } from 'node:timers/promises';
import { type CpuSample, cpuBetween, familyOf, sampleCpu } from '../measure/cpu.ts';
import { sampleMemory } from '../measure/memory.ts';
import type { Recording } from './contender.ts';

/** What one part of a contender cost in one window. */
export interface PartCost {
  /** CPU milliseconds per second and stream. */
  readonly cpuMs: number;
  /** Bytes at the end of the window. */
  readonly rss: number;
  readonly pss: number;
}

export interface WindowCost {
  readonly parts: Readonly<Record<string, PartCost>>;
  readonly total: PartCost;
  readonly seconds: number;
  /** Bit/s that reached the disk, of the camera that got least. */
  readonly slowestBitrate: number;
}

export interface WindowOptions {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/**
 * A recorder runs for months: with 30 cameras the last code has been compiled, and buffer sizes learnt, after half a
 * minute.
 */
export const STEADY: WindowOptions = { warmUpMs: 30_000, windowMs: 12_000 };
/** What is compiled is what ran often: with 10 cameras it takes longer (docs/design/programs.md has the curve). */
export const STEADY_OF_FEW: WindowOptions = { ...STEADY, warmUpMs: 60_000 };

/** Lets `recording` warm up, then measures it over a window. */
export async function measureWindow(recording: Recording, options: WindowOptions): Promise<WindowCost> {
  await pause(options.warmUpMs);
  const families = await familiesOf(recording);
  const bytesBefore = await recording.footage();
  const began = performance.now();
  const before = await sampleParts(families);
  await pause(options.windowMs);
  const after = await sampleParts(families);
  const bytesAfter = await recording.footage();
  const seconds = (performance.now() - began) / 1000;
  const streams = bytesBefore.length;
  const parts: Record<string, PartCost> = {};
  for (const [name, pids] of Object.entries(families)) {
    const [first, last] = [before[name]!, after[name]!];
    const cpu = cpuBetween(first, last, pids.length);
    const { rss, pss } = await sampleMemory(pids);
    parts[name] = { cpuMs: cpu / ((last.at - first.at) / 1000) / streams, rss, pss };
  }
  const grown = bytesAfter.map((bytes, index) => bytes - bytesBefore[index]!);
  return {
    parts,
    total: sumOf(Object.values(parts)),
    seconds,
    slowestBitrate: (Math.min(...grown) * 8) / seconds,
  };
}

type Families = Readonly<Record<string, readonly number[]>>;

/** All processes of each part; a child that is a part of its own does not count as its parent's. */
async function familiesOf({ parts }: Recording): Promise<Families> {
  const entries = Object.entries(parts).map(async ([name, pids]) => {
    const others = Object.entries(parts).flatMap(([other, ids]) => (other === name ? [] : ids));
    return [name, await familyOf(pids, new Set(others))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function sampleParts(families: Families): Promise<Record<string, CpuSample>> {
  const entries = Object.entries(families);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, pids]) => [name, await sampleCpu(pids)] as const)),
  );
}

function sumOf(costs: readonly PartCost[]): PartCost {
  const sum = (pick: (cost: PartCost) => number) => costs.reduce((total, cost) => total + pick(cost), 0);
  return { cpuMs: sum((cost) => cost.cpuMs), rss: sum((cost) => cost.rss), pss: sum((cost) => cost.pss) };
}
