/** What came of a part of the test suite. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Failures that are no test's: a file that does not load, a runner that crashes. */
  beside: readonly string[];
}

/** The part of Vitest's JSON report that is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: readonly {
    name: string;
    status: string;
    message: string;
    assertionResults: readonly { status: string }[];
  }[];
}

function unloaded(report: Report): string[] {
  return report.testResults
    .filter((file) => file.status === 'failed')
    .filter((file) => !file.assertionResults.some((test) => test.status === 'failed'))
    .map((file) => `${file.name}: ${file.message}`);
}

/**
 * Counts a Vitest run from its JSON report and exit code. Without a readable report, or when the run failed
 * though no test did (an error outside every test, a limit), that itself is one failure.
 */
export function countReport(text: string | undefined, code: number): Counts {
  if (text === undefined) {
    return { passed: 0, failed: 1, skipped: 0, beside: [`the run ended with code ${code} and no report`] };
  }
  const report = JSON.parse(text) as Report;
  const beside = unloaded(report);
  if (code !== 0 && report.numFailedTests === 0 && beside.length === 0) {
    beside.push(`the run ended with code ${code} though no test failed`);
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + beside.length,
    skipped: report.numPendingTests + report.numTodoTests,
    beside,
  };
}

/** The sum of several parts. */
export function total(parts: readonly Counts[]): Counts {
  const sum = (pick: (part: Counts) => number): number => parts.reduce((all, part) => all + pick(part), 0);
  return {
    passed: sum((part) => part.passed),
    failed: sum((part) => part.failed),
    skipped: sum((part) => part.skipped),
    beside: parts.flatMap((part) => part.beside),
  };
}
