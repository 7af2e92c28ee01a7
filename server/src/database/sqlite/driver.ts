import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { type Changes, changedBy } from '../changes.ts';

const MAX_STATEMENTS = 200;
const BEGIN = 'begin immediate';
const COMMIT = 'commit';
/** They change no rows of their own. */
const HARMLESS: ReadonlySet<string> = new Set([BEGIN, COMMIT, 'savepoint one', 'release savepoint one']);

interface Prepared {
  statement: StatementSync;
  reads: boolean;
  /** What it changes; undefined where that cannot be told. */
  table: string | undefined;
}

/** One connection; prepared statements are kept, the least recently used goes first. */
class SqliteConnection implements DatabaseConnection {
  readonly #sqlite: DatabaseSync;
  readonly #changes: Changes;
  readonly #statements = new Map<string, Prepared>();

  constructor(sqlite: DatabaseSync, changes: Changes) {
    this.#sqlite = sqlite;
    this.#changes = changes;
  }

  executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const { statement, reads, table } = this.#prepare(sql);
      const values = parameters as readonly SQLInputValue[];
      if (reads) return Promise.resolve({ rows: statement.all(...values) as Row[] });
      const { changes } = statement.run(...values);
      if (table !== undefined) this.#changes.table(table);
      else if (!HARMLESS.has(sql)) this.#changes.everything();
      return Promise.resolve({ rows: [], numAffectedRows: BigInt(changes) });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    this.#statements.delete(sql);
    const statement = known?.statement ?? this.#sqlite.prepare(sql);
    const prepared = known ?? {
      statement,
      reads: statement.columns().length > 0,
      table: changedBy(sql),
    };
    this.#statements.set(sql, prepared);
    if (this.#statements.size > MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return prepared;
  }
}

/** Hands the one connection to one user at a time, so that no query slips into another's transaction. */
class SqliteDriver implements Driver {
  readonly #sqlite: DatabaseSync;
  readonly #connection: SqliteConnection;
  #tail: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(sqlite: DatabaseSync, changes: Changes) {
    this.#sqlite = sqlite;
    this.#connection = new SqliteConnection(sqlite, changes);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(BEGIN));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(COMMIT));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  destroy(): Promise<void> {
    this.#sqlite.close();
    return Promise.resolve();
  }
}

/** Kysely on Node's own SQLite; `changes` hears of everything that is written. */
export function sqliteDialect(sqlite: DatabaseSync, changes: Changes): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(sqlite, changes),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
