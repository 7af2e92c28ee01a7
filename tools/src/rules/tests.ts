import { type Finding, isTest, type Rule } from './rule.ts';

const ASSERTS = /\bexpect(?:TypeOf)?\s*[.(<]|\bassert(?:\.\w+)?\(|\bfc\.assert\(/;
const CASE = /\b(?:it|test)(?:\.\w+)*\s*[(<`]/;
const NARROWED = /\b(?:it|test|describe)\.only\s*\(/;

/** Every test file has a case and an assertion, and none narrows the run. */
export const tests: Rule = {
  name: 'tests',
  find(repository) {
    const findings: Finding[] = [];
    for (const { path, text } of repository.files) {
      if (!isTest(path)) continue;
      if (!CASE.test(text)) findings.push({ path, message: 'no test case' });
      if (!ASSERTS.test(text)) findings.push({ path, message: 'no assertion: a test that cannot fail' });
      if (NARROWED.test(text)) findings.push({ path, message: 'a test is singled out with .only' });
    }
    return findings;
  },
};
