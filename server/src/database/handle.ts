import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** What a store runs its SQL on: the database or a transaction of it. */
export type Sql = Kysely<Schema>;

export interface Database {
  sql: Sql;
  /** Runs `work` whole or not at all. Inside it only the given handle may be used: the other one waits. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * The same for what can be had again from elsewhere: nobody waits until the disk has it. What was committed last may
   * be gone after the power was; after the program was killed it is there.
   */
  recoverable<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The same for small writes of which many come at a time: they may share one commit. */
  together<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Rises with each change of a table's rows; undefined where other programs may change them unseen. */
  changes(table: keyof Schema): number | undefined;
  /** Writes what people made, as it is at this moment, to a new SQLite file; `now` is ISO 8601. */
  snapshot(path: string, now: string): Promise<void>;
  close(): Promise<void>;
}
