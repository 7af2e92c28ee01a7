import { describe, expect, test } from 'vitest';
import { countReport, filesToAsk, settle, total } from './counts.ts';

const file = (name: string, status: string, tests: readonly string[], message = '') => ({
  name,
  status,
  message,
  assertionResults: tests.map((each, index) => ({ status: each, fullName: `${name} ${index}` })),
});

function report(files: readonly ReturnType<typeof file>[]): string {
  const tests = files.flatMap((each) => each.assertionResults);
  const count = (status: string): number => tests.filter((each) => each.status === status).length;
  return JSON.stringify({
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: count('todo'),
    testResults: files,
  });
}

const green = file('a.test.ts', 'passed', ['passed', 'passed', 'skipped']);

describe('countReport', () => {
  test.each([
    ['all pass', report([green]), 0, [2, 0, 1]],
    ['one fails', report([green, file('b', 'failed', ['failed', 'passed', 'todo'])]), 1, [3, 1, 2]],
    ['a file does not load', report([green, file('b', 'failed', [], 'no such module')]), 1, [2, 1, 1]],
    [
      'a hook fails after its tests passed',
      report([file('b', 'failed', ['passed'], 'teardown')]),
      1,
      [1, 1, 0],
    ],
    ['an error outside every test', report([green]), 1, [2, 1, 1]],
    ['killed at its limit', report([green]), 124, [2, 1, 1]],
    ['no report', undefined, 139, [0, 1, 0]],
    ['no test', report([]), 0, [0, 0, 0]],
  ])('%s', (_, text, code, expected) => {
    const { passed, failed, skipped } = countReport(text, code);
    expect([passed, failed, skipped]).toEqual(expected);
  });

  test('tells what failed beside the tests', () => {
    const { beside } = countReport(report([file('b', 'failed', [], 'no such module')]), 1);
    expect(beside).toEqual(['b: no such module']);
  });
});

test('total adds up', () => {
  const parts = [
    { passed: 1, failed: 2, skipped: 3, beside: ['a'], unsteady: ['c'] },
    { passed: 10, failed: 20, skipped: 30, beside: ['b'], unsteady: [] },
  ];
  expect(total(parts)).toEqual({
    passed: 11,
    failed: 22,
    skipped: 33,
    beside: ['a', 'b'],
    unsteady: ['c'],
  });
});

describe('a second run', () => {
  const failing = file('b', 'failed', ['failed', 'passed', 'failed']);
  const first = report([green, failing]);

  test('is made of a few files that failed, and of none when there are many', () => {
    expect(filesToAsk(first)).toEqual(['b']);
    expect(filesToAsk(report([green]))).toEqual([]);
    expect(filesToAsk(undefined)).toEqual([]);
    expect(filesToAsk(report(['b', 'c', 'd', 'e'].map((name) => file(name, 'failed', ['failed']))))).toEqual(
      [],
    );
  });

  test('takes back what it did not find, says so, and keeps what fails again', () => {
    const again = report([file('b', 'failed', ['passed', 'passed', 'failed'])]);
    const settled = settle(countReport(first, 1), first, again, 1);
    expect(settled).toMatchObject({ passed: 4, failed: 1, unsteady: ['b: b 0'] });
  });

  test('that does not come to its end takes nothing back', () => {
    const counts = countReport(first, 1);
    expect(settle(counts, first, undefined, 137)).toEqual(counts);
    expect(settle(counts, first, report([file('b', 'failed', [], 'no such module')]), 1)).toEqual(counts);
  });
});
