import { resolve } from 'node:path';
import { runChecks } from './checks.ts';

/** `npm run check`: reports every check, exits with 1 when one failed. */
const began = performance.now();
const checks = await runChecks(resolve(import.meta.dirname, '../..'));
for (const { name, passed, report, seconds } of checks) {
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(report.trimEnd().replace(/^/gm, '    '));
}
const failed = checks.filter((check) => !check.passed).length;
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${checks.length - failed} checks passed, ${failed} failed in ${seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;
