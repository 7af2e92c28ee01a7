/** What came of a part of the test suite. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Failures that are no test's: a file that does not load, a runner that crashes. */
  beside: readonly string[];
  /** Tests that failed at first and passed in the second run: mended soon, but no reason to stop others. */
  unsteady: readonly string[];
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
    assertionResults: readonly { status: string; fullName?: string }[];
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
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      beside: [`the run ended with code ${code} and no report`],
      unsteady: [],
    };
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
    unsteady: [],
  };
}

/** More files than these fail for a reason, not by chance. */
const MAX_UNSTEADY_FILES = 3;

/** The files in which tests failed, when they are few enough to be asked once more. */
export function filesToAsk(text: string | undefined): string[] {
  if (text === undefined) return [];
  const failed = (JSON.parse(text) as Report).testResults.filter(({ status }) => status === 'failed');
  return failed.length <= MAX_UNSTEADY_FILES ? failed.map(({ name }) => name) : [];
}

/** What the first run found, less the failures that the second run of those files, alone on the machine, did not have. */
export function settle(
  first: Counts,
  firstText: string,
  secondText: string | undefined,
  code: number,
): Counts {
  const second = countReport(secondText, code);
  if (second.beside.length > 0 || secondText === undefined) return first;
  const failing = (text: string): string[] =>
    (JSON.parse(text) as Report).testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.flatMap(({ status, fullName }) =>
        status === 'failed' ? [`${name}: ${fullName}`] : [],
      ),
    );
  const still = new Set(failing(secondText));
  const unsteady = failing(firstText).filter((test) => !still.has(test));
  return {
    ...first,
    passed: first.passed + unsteady.length,
    failed: first.failed - unsteady.length,
    unsteady,
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
    unsteady: parts.flatMap((part) => part.unsteady),
  };
}
