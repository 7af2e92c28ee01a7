import type { Finding, Rule } from './rule.ts';

const FORBIDDEN: ReadonlySet<string> = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'misc',
  'common',
  'shared',
]);
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** PEP 8: module names of Python. */
const SNAKE = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;
/** Names that tools or custom prescribe. */
const PRESCRIBED = /^(?:README|LICENSE|CHANGELOG|NOTICE|SECURITY|CONTRIBUTING|Dockerfile)(?:\.md)?$/;

function breach(path: string): string | undefined {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const folder = parts.find((part) => FORBIDDEN.has(part));
  if (folder !== undefined) return `a folder may not be called ${folder}: name what it holds`;
  const odd = parts.find((part) => !KEBAB.test(part.replace(/^\./, '')));
  if (odd !== undefined) return `folder ${odd} is not kebab-case`;
  if (name.startsWith('.') || PRESCRIBED.test(name)) return undefined;
  const stem = name.replace(/\..*$/, '');
  if (name.endsWith('.py')) return SNAKE.test(stem) ? undefined : `file ${name} is not snake_case`;
  return KEBAB.test(stem) ? undefined : `file ${name} is not kebab-case`;
}

/** Files and folders are kebab-case and say what they hold. Test data keeps the names it came with. */
export const names: Rule = {
  name: 'names',
  find(repository) {
    const findings: Finding[] = [];
    for (const path of repository.paths) {
      if (/(?:^|\/)testdata\//.test(path)) continue;
      const message = breach(path);
      if (message !== undefined) findings.push({ path, message });
    }
    return findings;
  },
};
