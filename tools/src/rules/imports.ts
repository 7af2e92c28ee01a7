import { posix } from 'node:path';
import { isSource, lineAt, type Repository, type SourceFile } from './rule.ts';

/** One import of a file. `target` is the path it reaches inside the repository, when it is relative. */
export interface Import {
  from: string;
  specifier: string;
  line: number;
  target?: string;
}

const STATIC = /^[ \t]*(?:import|export)\b(?:[^'"`;=]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;
const DYNAMIC = /\bimport\(\s*(['"])([^'"\n]+)\1/g;

/** Imports and re-exports of one file, types included. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const pattern of [STATIC, DYNAMIC]) {
    for (const match of file.text.matchAll(pattern)) {
      const specifier = match[2] ?? '';
      const start = match.index + match[0].length - specifier.length;
      const entry: Import = { from: file.path, specifier, line: lineAt(file.text, start) };
      if (specifier.startsWith('.')) {
        entry.target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
      }
      found.push(entry);
    }
  }
  return found;
}

/** Imports of every TypeScript file. */
export function allImports(repository: Repository): Import[] {
  return repository.files.filter((file) => isSource(file.path)).flatMap(importsOf);
}

/** First folder of a path, which is its workspace; empty for a file at the root. */
export function workspaceOf(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The folder under `WORKSPACE/src/`, which is its room; empty for a file directly in `src`. */
export function roomOf(path: string): string {
  const parts = path.split('/');
  return parts[1] === 'src' && parts.length > 3 ? (parts[2] ?? '') : '';
}
