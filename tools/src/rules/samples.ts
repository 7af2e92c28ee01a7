import type { Finding, Repository, Rule } from './rule.ts';

/** A repository made of `path: text` pairs, for the tables of the rules' tests. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return {
    paths: Object.keys(files),
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
  };
}

/** The text of a file that imports each specifier, one a line. */
export function importing(...specifiers: string[]): string {
  return specifiers.map((specifier) => `import { x } from '${specifier}';\n`).join('');
}

/** Findings of one rule over `files`, as `path:line`, or `path` alone. */
export function placesOf(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  const place = ({ path, line }: Finding): string => (line === undefined ? path : `${path}:${line}`);
  return rule.find(repositoryOf(files)).map(place);
}
