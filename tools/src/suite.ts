import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type Check, runChecks } from './checks.ts';
import { type Counts, countReport, filesToAsk, settle, total } from './counts.ts';
import { runProgram } from './program.ts';

/** `suite.ts COUNTS PART`: runs `check`, `unit`, `e2e` or `all`, and leaves "passed failed" in the file COUNTS. */
const [countsFile, part = 'all'] = process.argv.slice(2);
if (countsFile === undefined) throw new Error('suite.ts COUNTS [all|check|unit|e2e]');

const root = resolve(import.meta.dirname, '../..');
/** Against a run that hangs; what the whole may take is 25 minutes. */
const UNIT_LIMIT_MS = 20 * 60_000;
const E2E_LIMIT_MS = 35 * 60_000;

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

function tell({ name, passed, report, seconds }: Check): void {
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(report.trimEnd().replace(/^/gm, '    '));
}

async function check(): Promise<Counts> {
  const checks = await runChecks(root);
  for (const each of checks) tell(each);
  const failed = checks.filter((each) => !each.passed).length;
  return { passed: checks.length - failed, failed, skipped: 0, beside: [], unsteady: [] };
}

/** The JSON report of a run, if there is one, and its exit code. */
async function report(
  project: string,
  limitMs: number,
  files: readonly string[] = [],
): Promise<{ text: string | undefined; code: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-report-'));
  try {
    const file = join(folder, 'report.json');
    const options = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { code } = await runProgram(
      [join(root, 'node_modules/.bin/vitest'), 'run', '--project', project, ...options, ...files],
      { cwd: root, limitMs, signal: stop.signal, echo: process.stdout },
    );
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return { text, code };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A few files that failed are asked once more, alone: what passes then is told as unsteady. */
async function vitest(project: string, limitMs: number): Promise<Counts> {
  const { text, code } = await report(project, limitMs);
  const counts = countReport(text, code);
  const files = counts.beside.length === 0 ? filesToAsk(text) : [];
  if (files.length === 0 || text === undefined || stop.signal.aborted) return counts;
  console.log(`\n— ${project}: once more, alone: ${files.map((file) => relative(root, file)).join(', ')}`);
  const again = await report(project, limitMs, files);
  return settle(counts, text, again.text, again.code);
}

const PARTS: Readonly<Record<string, () => Promise<Counts>>> = {
  check,
  unit: () => vitest('unit', UNIT_LIMIT_MS),
  e2e: () => vitest('e2e', E2E_LIMIT_MS),
};

const began = performance.now();
const gib = (totalmem() / 1024 ** 3).toFixed(0);
console.log(
  `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${gib} GiB, Node ${process.version}`,
);
const done: Counts[] = [];
for (const [name, run] of Object.entries(PARTS)) {
  if (part !== 'all' && part !== name) continue;
  if (stop.signal.aborted) break;
  console.log(`\n— ${name}`);
  done.push(await run());
}
const { passed, failed, skipped, beside, unsteady } = total(done);
for (const each of beside) console.log(`✗ ${each}`);
for (const each of unsteady) console.log(`~ unsteady, failed once and passed alone: ${each}`);
const interrupted = stop.signal.aborted ? 1 : 0;
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(`\nin ${minutes} minutes${skipped > 0 ? `, ${skipped} skipped` : ''}`);
await writeFile(countsFile, `${passed} ${failed + interrupted}\n`);
