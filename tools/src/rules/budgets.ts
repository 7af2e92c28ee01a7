import { posix } from 'node:path';
import { type Finding, isSource, isTest, type Rule, type SourceFile } from './rule.ts';

const FILE_LINES = 300;
const TEST_LINES = 500;
const DESIGN_LINES = 200;
const FOLDER_FILES = 15;

function budgetOf(path: string): number | undefined {
  if (isTest(path)) return TEST_LINES;
  if (isSource(path) || /\.(?:sh|css)$/.test(path) || path === 'nightjar') return FILE_LINES;
  return /^docs\/design\/.+\.md$/.test(path) ? DESIGN_LINES : undefined;
}

function linesOf(file: SourceFile): number {
  const lines = file.text.split('\n').length;
  return file.text.endsWith('\n') ? lines - 1 : lines;
}

/** Files and folders stay small. Tests beside their files do not count towards the folder. */
export const budgets: Rule = {
  name: 'budgets',
  find(repository) {
    const findings: Finding[] = [];
    const folders = new Map<string, number>();
    for (const file of repository.files) {
      const budget = budgetOf(file.path);
      const lines = linesOf(file);
      if (budget !== undefined && lines > budget) {
        findings.push({ path: file.path, message: `${lines} lines, at most ${budget}` });
      }
      if (!isSource(file.path) || isTest(file.path)) continue;
      const folder = posix.dirname(file.path);
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    for (const [folder, count] of folders) {
      if (count > FOLDER_FILES) {
        findings.push({
          path: `${folder}/index.ts`,
          message: `${count} files in the folder, at most ${FOLDER_FILES}`,
        });
      }
    }
    return findings;
  },
};
