import { allImports, type Import } from './imports.ts';
import type { Finding, Repository, Rule } from './rule.ts';

/** `@nightjar/NAME/DOOR` as the path of its index, by the shape all exports maps here have. */
function resolved(entry: Import, known: ReadonlySet<string>): string | undefined {
  if (entry.target !== undefined) return known.has(entry.target) ? entry.target : undefined;
  const match = /^@nightjar\/([^/]+)(?:\/(.+))?$/.exec(entry.specifier);
  if (match === null) return undefined;
  const path = [match[1], 'src', match[2], 'index.ts'].filter((part) => part !== undefined).join('/');
  return known.has(path) ? path : undefined;
}

function graphOf(repository: Repository): Map<string, Map<string, number>> {
  const known = new Set(repository.paths);
  const graph = new Map<string, Map<string, number>>();
  for (const entry of allImports(repository)) {
    const target = resolved(entry, known);
    if (target === undefined) continue;
    const edges = graph.get(entry.from) ?? new Map<string, number>();
    if (!edges.has(target)) edges.set(target, entry.line);
    graph.set(entry.from, edges);
  }
  return graph;
}

/** No file reaches itself by imports, types included. Each cycle is told once, from its first edge back. */
export const cycles: Rule = {
  name: 'cycles',
  find(repository) {
    const graph = graphOf(repository);
    const findings: Finding[] = [];
    const done = new Set<string>();
    const path: string[] = [];
    const visit = (file: string): void => {
      path.push(file);
      for (const [target, line] of graph.get(file) ?? []) {
        const at = path.indexOf(target);
        if (at !== -1) {
          findings.push({
            path: file,
            line,
            message: `import cycle: ${[...path.slice(at), target].join(' → ')}`,
          });
        } else if (!done.has(target)) visit(target);
      }
      path.pop();
      done.add(file);
    };
    for (const file of graph.keys()) if (!done.has(file)) visit(file);
    return findings;
  },
};
