import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { PoolClient } from 'pg';
import { toPostgres } from '../ddl/index.ts';
import {
  CONNECT_MS,
  CONNECTIONS,
  QUERY_MS,
  type ServerAddress,
  type ServerConnection,
  type ServerEngine,
} from './server-engine.ts';

/** Types whose values are numbers here: bigint and numeric. */
const NUMBERS = new Set([20, 1700]);

/** PostgreSQL texts hold every character but this. */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;

const connection = (client: PoolClient): ServerConnection => ({
  async query(sql, parameters = []) {
    const { rows, rowCount } = await client.query(sql, parameters.map(storable));
    return { rows, affected: rowCount ?? 0 };
  },
  release: (broken) => client.release(broken),
});

/** PostgreSQL by `pg`, which is loaded only here. `lost` hears of connections that broke while nobody used them. */
export async function postgresEngine(
  { host, port, name, user, password, tls }: ServerAddress,
  lost: (error: Error) => void,
): Promise<ServerEngine> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    host,
    port: port ?? 5432,
    database: name,
    user,
    password: password?.reveal() ?? '',
    ssl: tls,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    application_name: 'nightjar',
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        NUMBERS.has(type) ? Number : pg.types.getTypeParser(type, format as 'text'),
    },
  });
  pool.on('error', lost);
  return {
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    begin: 'begin isolation level read committed',
    exclusive: 'select pg_advisory_lock(5640276981)',
    undoesSteps: true,
    worded: toPostgres,
    isDone: () => false,
    renumber: (table, column) =>
      `select setval(pg_get_serial_sequence('${table}', '${column}'),
        coalesce((select max("${column}") from "${table}"), 0) + 1, false)`,
    pool: {
      connect: async () => connection(await pool.connect()),
      close: () => pool.end(),
    },
  };
}
