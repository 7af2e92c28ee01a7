import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSettings, Log, Secret } from '../kernel/index.ts';
import { openDatabase } from './database.ts';
import type { Database, Sql } from './handle.ts';

interface Options {
  /** Absolute. */
  dataDir: string;
  settings: DatabaseSettings;
  password: Secret | undefined;
  /** ISO 8601. */
  now: string;
  log: Log;
}

/** Where an installation without a server keeps its rows. */
export const databaseFile = (dataDir: string): string => join(dataDir, 'nightjar.db');

async function isEmpty(sql: Sql): Promise<boolean> {
  const row = await sql.selectFrom('people').select('id').limit(1).executeTakeFirst();
  return row === undefined;
}

/** The database of the configuration, at this version. Drivers of servers are loaded only when one is named. */
export async function openConfigured(options: Options): Promise<Database> {
  const { dataDir, settings, password, now, log } = options;
  const { engine, ...address } = settings;
  const path = databaseFile(dataDir);
  if (engine === 'sqlite') return openDatabase({ path, now });
  const { openServerDatabase } = await import('./servers/index.ts');
  const database = await openServerDatabase({
    address: { ...address, engine, password },
    now,
    lost: (error) => log.warn({ err: error }, 'a connection to the database was lost'),
  });
  if (existsSync(path) && (await isEmpty(database.sql))) {
    log.warn('the database holds nothing yet, nightjar.db does: nightjar db copy moves it');
  }
  return database;
}
