import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type { ServerConnection, ServerEngine } from './server-engine.ts';

/** One row that whoever writes in a transaction holds, so that transactions come one after the other. */
export const LOCK_TABLE = 'database_lock';
const LOCK = `select name from ${LOCK_TABLE} where name = 'writer' for update`;

type Taken = { connection: ServerConnection; done: (broken: boolean) => void };

/** Takes a connection when it is known what for: reading, one change, or a transaction. */
class RoutedConnection implements DatabaseConnection {
  readonly #driver: ServerDriver;
  #held: Taken | undefined;

  constructor(driver: ServerDriver) {
    this.#driver = driver;
  }

  async executeQuery<Row>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#held) return result(await this.#held.connection.query(sql, parameters));
    const reads = query.kind === 'SelectQueryNode';
    const { connection, done } = reads ? await this.#driver.reading() : await this.#driver.writing();
    return result(await settling(connection.query(sql, parameters), done));
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  async begin(sql: string): Promise<void> {
    const taken = await this.#driver.writing();
    try {
      await taken.connection.query(sql);
      await taken.connection.query(LOCK);
    } catch (error) {
      taken.done(true);
      throw error;
    }
    this.#held = taken;
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const taken = this.#held;
    this.#held = undefined;
    if (taken) await settling(taken.connection.query(how), (broken) => taken.done(broken));
  }

  /** What was begun and not ended. */
  abandon(): void {
    this.#held?.done(true);
    this.#held = undefined;
  }
}

const result = <Row>({ rows, affected }: { rows: unknown[]; affected: number }): QueryResult<Row> => ({
  rows: rows as Row[],
  numAffectedRows: BigInt(affected),
});

/** A connection that failed outside of a transaction may be half dead: it is not used again. */
async function settling<T>(work: Promise<T>, done: (broken: boolean) => void): Promise<T> {
  let broken = true;
  try {
    const value = await work;
    broken = false;
    return value;
  } finally {
    done(broken);
  }
}

/** One change at a time and readers beside it: what a transaction has read stays true until its end, as in SQLite. */
export class ServerDriver implements Driver {
  readonly #engine: ServerEngine;
  #tail: Promise<void> = Promise.resolve();

  constructor(engine: ServerEngine) {
    this.#engine = engine;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(new RoutedConnection(this));
  }

  async reading(): Promise<Taken> {
    const connection = await this.#engine.pool.connect();
    return { connection, done: (broken) => connection.release(broken) };
  }

  async writing(): Promise<Taken> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    await before;
    try {
      const connection = await this.#engine.pool.connect();
      return {
        connection,
        done(broken) {
          connection.release(broken);
          resolve();
        },
      };
    } catch (error) {
      resolve();
      throw error;
    }
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RoutedConnection).begin(this.#engine.begin);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RoutedConnection).end('commit');
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as RoutedConnection).end('rollback');
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as RoutedConnection).abandon();
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return this.#engine.pool.close();
  }
}
