import type { Database, Sql } from '../../database/index.ts';

/** One call of a store's verb. */
export type Step = (sql: Sql, database: Database) => Promise<unknown>;
/** Calls of every verb of some stores, in an order in which each finds something. */
export type Tour = Record<string, readonly Step[]>;

export const at = (second: number): string => new Date(Date.UTC(2024, 0, 15, 10, 0, second)).toISOString();
/** What an engine could get wrong: quotes, backslashes, case, letters beyond ASCII and beyond two bytes. */
export const ODD = `O'Brien "quoted" \\ % _ Größe 📷`;
export const byId = <T extends { id: string }>(rows: readonly T[]): T[] =>
  rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
