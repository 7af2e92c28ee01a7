import { allImports, type Import, workspaceOf } from './imports.ts';
import type { Finding, Rule } from './rule.ts';

/**
 * Who may know whom. A bare name is the whole workspace; `name/door` only that entry of its exports map.
 * The black-box tests and benchmarks speak over the wire: they get the synthetic camera and the shapes,
 * and the benchmarks also the clients that the tests use.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  media: [],
  contract: [],
  engine: ['media', 'contract'],
  vision: ['media', 'contract'],
  server: ['contract'],
  web: ['contract'],
  clients: [],
  e2e: ['contract', 'media/testing', 'client'],
  bench: ['contract', 'media/testing', 'e2e/harness'],
  // The clients of partners are written from it.
  tools: ['contract/partner'],
  docs: [],
};

function breach(entry: Import): string | undefined {
  const own = workspaceOf(entry.from);
  if (entry.target !== undefined) {
    const other = workspaceOf(entry.target);
    return own === other ? undefined : `reaches into ${other || 'the root'} by path: ${entry.specifier}`;
  }
  const match = /^@nightjar\/([^/]+)(?:\/(.+))?$/.exec(entry.specifier);
  if (match === null || match[1] === own) return undefined;
  const [, name = '', door] = match;
  const allowed = ARROWS[own] ?? [];
  if (allowed.includes(name) || (door !== undefined && allowed.includes(`${name}/${door}`))) return undefined;
  return `${own} may not know ${entry.specifier} (it may know: ${allowed.join(', ') || 'nothing'})`;
}

/** Arrows between workspaces point one way. */
export const arrows: Rule = {
  name: 'arrows',
  find(repository) {
    const findings: Finding[] = [];
    for (const entry of allImports(repository)) {
      const message = breach(entry);
      if (message !== undefined) findings.push({ path: entry.from, line: entry.line, message });
    }
    return findings;
  },
};
