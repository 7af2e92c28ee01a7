/** A text file of the working tree; `path` is relative to the root and uses `/`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** What a rule looks at. `paths` names every file, `files` holds the text of those written by hand. */
export interface Repository {
  paths: readonly string[];
  files: readonly SourceFile[];
}

/** One breach of a rule. `line` counts from 1; without it the finding is about the whole file. */
export interface Finding {
  path: string;
  line?: number;
  message: string;
}

/** A house rule as a pure function over the working tree. */
export interface Rule {
  name: string;
  find(repository: Repository): Finding[];
}

/** Hand-written program text: TypeScript with and without JSX. */
export function isSource(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}

/** Line number, from 1, of the character at `index`. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
