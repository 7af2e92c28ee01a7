import { Kysely, sql as raw } from 'kysely';
import type { Database, Sql } from '../handle.ts';
import { migrations } from '../migrations/index.ts';
import type { Schema } from '../schema.ts';
import { copySnapshot } from '../snapshot.ts';
import { ServerDriver } from './driver.ts';
import { migrateServer } from './migrate.ts';
import { mysqlEngine } from './mysql.ts';
import { postgresEngine } from './postgres.ts';
import type { ServerAddress } from './server-engine.ts';

/** A database of a server; numbers that rows bring along must be told to it. */
export interface ServerDatabase extends Database {
  /** The next number that the database gives is higher than those which are there. */
  renumber(sql: Sql, table: string, column: string): Promise<void>;
}

/** Opens a server's database and brings it to this version. Rejects when it cannot be reached or is of a newer one. */
export async function openServerDatabase(options: {
  address: ServerAddress;
  now: string;
  /** Hears of connections that broke while nobody used them. */
  lost: (error: Error) => void;
}): Promise<ServerDatabase> {
  const { address, now, lost } = options;
  const engine =
    address.engine === 'postgres' ? await postgresEngine(address, lost) : await mysqlEngine(address);
  try {
    const connection = await engine.pool.connect();
    try {
      await migrateServer(connection, engine, migrations, now);
    } finally {
      connection.release(true);
    }
  } catch (error) {
    await engine.pool.close();
    throw error;
  }
  const sql = new Kysely<Schema>({
    dialect: { ...engine.dialect, createDriver: () => new ServerDriver(engine) },
  });
  const transaction: Database['transaction'] = (work) => sql.transaction().execute(work);
  let closing: Promise<void> | undefined;
  return {
    sql,
    transaction,
    recoverable: transaction,
    // Many connections commit beside each other, and the server has the disk waited for once.
    together: transaction,
    changes: () => undefined,
    snapshot: (path, at) => transaction((rows) => copySnapshot(rows, path, at)),
    async renumber(rows, table, column) {
      const statement = engine.renumber(table, column);
      if (statement) await raw.raw(statement).execute(rows);
    },
    close: () => (closing ??= sql.destroy()),
  };
}
