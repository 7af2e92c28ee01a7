import { join } from 'node:path';
import { runProgram } from './program.ts';
import { readRepository } from './repository.ts';
import { applyRules, type Finding } from './rules/index.ts';

/** One check that was made; `report` says what it found and is empty when it passed. */
export interface Check {
  name: string;
  passed: boolean;
  report: string;
  seconds: number;
}

const LIMIT_MS = 180_000;

type Tool = readonly [name: string, ...command: [string, ...string[]]];
const TOOLS: readonly Tool[] = [
  ['types', 'tsc', '-b', '--pretty', 'false'],
  ['format and lint', 'biome', 'check', '--colors=off', '--max-diagnostics=50', '--error-on-warnings', '.'],
  ['promises', 'oxlint', '--type-aware', '--deny-warnings', '.'],
  ['unused code', 'knip', '--no-progress', '--no-config-hints'],
];

async function runTool(root: string, tool: Tool): Promise<Check> {
  const [name, program, ...args] = tool;
  const path = join(root, 'node_modules', '.bin', program);
  const { code, output, seconds } = await runProgram([path, ...args], { cwd: root, limitMs: LIMIT_MS });
  return { name, passed: code === 0, report: code === 0 ? '' : output || `ended with ${code}`, seconds };
}

function told(finding: Finding): string {
  const place = finding.line === undefined ? finding.path : `${finding.path}:${finding.line}`;
  return `${place} ${finding.message}`;
}

async function runRules(root: string): Promise<Check[]> {
  const began = performance.now();
  const byRule = applyRules(await readRepository(root));
  const seconds = (performance.now() - began) / 1000 / byRule.size;
  return [...byRule].map(([rule, findings]) => ({
    name: `house: ${rule}`,
    passed: findings.length === 0,
    report: findings.map(told).join('\n'),
    seconds,
  }));
}

/** Makes every check of the tree under `root`; the tools run side by side. */
export async function runChecks(root: string): Promise<Check[]> {
  const [rules, ...tools] = await Promise.all([runRules(root), ...TOOLS.map((tool) => runTool(root, tool))]);
  return [...tools, ...rules];
}
