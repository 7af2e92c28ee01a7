/** How often the rows of each table were changed, so that whoever keeps what it read knows when that is old. */
export class Changes {
  readonly #counts = new Map<string, number>();
  #all = 0;

  of(table: string): number {
    return this.#all + (this.#counts.get(table) ?? 0);
  }

  table(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** For what may touch any: deletions cascade, and what is rolled back was read by its own transaction. */
  everything(): void {
    this.#all += 1;
  }
}

const CHANGE = /^(?:insert(?: or \w+)? into|update) "?(\w+)"?/i;

/** The one table whose rows a statement that is no query changes; undefined when that cannot be told. */
export const changedBy = (statement: string): string | undefined => CHANGE.exec(statement)?.[1];

/** What `read` answers, read anew only when `version` has changed; undefined reads each time. Not to be changed. */
export function unchanged<T>(version: () => number | undefined, read: () => Promise<T>): () => Promise<T> {
  let kept: { version: number; value: T } | undefined;
  return async () => {
    const before = version();
    if (before !== undefined && kept?.version === before) return kept.value;
    const value = await read();
    if (before !== undefined && version() === before) kept = { version: before, value };
    return value;
  };
}
