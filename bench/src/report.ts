import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Machine } from './measure/machine.ts';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** What the command line asks of a benchmark. */
export interface BenchmarkOptions {
  readonly seed: number;
  /** Fewer and shorter measurements: shows that the benchmark works, its figures say little. */
  readonly quick: boolean;
  /** Only what has this in its name: of `stalled` the ways, of `record` the cases; all when absent. */
  readonly only?: string | undefined;
}

/** A bound from the product's promises and whether this run kept it. */
export interface Goal {
  readonly text: string;
  readonly met: boolean;
}

/** What a benchmark hands back: a table for people, rows for programs. */
export interface Report {
  readonly name: string;
  readonly seed: number;
  readonly head: readonly string[];
  readonly table: readonly (readonly string[])[];
  readonly rows: readonly unknown[];
  readonly goals: readonly Goal[];
}

/** Columns padded to their widest cell, the first to the left, the others to the right. */
export function formatTable(head: readonly string[], table: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...table.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...table.map(line)].join('\n');
}

/** One line a goal. */
export function formatGoals(goals: readonly Goal[]): string {
  return goals.map((goal) => `${goal.met ? 'met    ' : 'NOT MET'}  ${goal.text}`).join('\n');
}

/** Writes `bench/results/NAME.json`; answers its path. */
export async function saveReport(report: Report, machine: Machine): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const path = `${RESULTS}${report.name}.json`;
  const { name, seed, rows, goals } = report;
  const measured = new Date().toISOString();
  await writeFile(path, `${JSON.stringify({ name, measured, machine, seed, rows, goals }, null, 2)}\n`);
  return path;
}
