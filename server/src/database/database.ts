import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Changes } from './changes.ts';
import type { Database } from './handle.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import { writeSnapshot } from './snapshot.ts';
import { sqliteDialect } from './sqlite/driver.ts';
import { createTogether } from './sqlite/together.ts';

/** Opens the file, brings it to this version and sets it up so that what is committed survives power loss. */
export function openDatabase(options: { path: string; now: string }): Database {
  mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
  const sqlite = new DatabaseSync(options.path, { enableForeignKeyConstraints: true, timeout: 5000 });
  try {
    sqlite.exec('pragma journal_mode = wal; pragma synchronous = full');
    migrate(sqlite, migrations, options.now);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const changes = new Changes();
  const sql = new Kysely<Schema>({ dialect: sqliteDialect(sqlite, changes) });
  const transaction: Database['transaction'] = (work) => sql.transaction().execute(work);
  // Each transaction has the connection alone, and with it how much the disk is waited for (WAL: only checkpoints).
  const recoverable: Database['recoverable'] = (work) =>
    sql.connection().execute(async (alone) => {
      sqlite.exec('pragma synchronous = normal');
      try {
        return await alone.transaction().execute(work);
      } finally {
        sqlite.exec('pragma synchronous = full');
      }
    });
  let closing: Promise<void> | undefined;
  return {
    sql,
    transaction,
    recoverable,
    together: createTogether(transaction),
    changes: (table) => changes.of(table),
    snapshot: (path) => writeSnapshot(sql, path),
    close: () => (closing ??= sql.destroy()),
  };
}
