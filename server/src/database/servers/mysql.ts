import { MysqlAdapter, MysqlIntrospector } from 'kysely';
import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { toMysql } from '../ddl/index.ts';
import { NeutralMysqlCompiler, WAS_THERE } from './mysql-compiler.ts';
import {
  CONNECT_MS,
  CONNECTIONS,
  QUERY_MS,
  type ServerAddress,
  type ServerConnection,
  type ServerEngine,
} from './server-engine.ts';

/** Table, column, index or trigger is there, or gone, already. */
const DONE = new Set([1050, 1051, 1060, 1061, 1091, 1359]);
const SESSION = [
  // Backslashes escape: the driver writes values so.
  `set session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
  'set session transaction isolation level read committed',
];

const connection = (client: PoolConnection): ServerConnection => ({
  async query(sql, parameters = []) {
    const [result] = await client.query<RowDataPacket[] | ResultSetHeader>({
      sql,
      values: [...parameters],
      timeout: QUERY_MS,
    });
    if (Array.isArray(result)) return { rows: result, affected: 0 };
    // The server counts rows that it found, changed or not.
    const { affectedRows, insertId } = result;
    return { rows: [], affected: insertId === WAS_THERE ? affectedRows - 1 : affectedRows };
  },
  release: (broken) => (broken ? client.destroy() : client.release()),
});

/** MariaDB and MySQL by `mysql2`, which is loaded only here. */
export async function mysqlEngine(address: ServerAddress): Promise<ServerEngine> {
  const { createPool } = await import('mysql2/promise');
  const { host, port, name, user, password, tls } = address;
  const pool = createPool({
    host,
    port: port ?? 3306,
    database: name,
    user,
    password: password?.reveal() ?? '',
    ...(tls ? { ssl: {} } : {}),
    charset: 'utf8mb4_bin',
    connectionLimit: CONNECTIONS,
    connectTimeout: CONNECT_MS,
    decimalNumbers: true,
  });
  const prepared = new WeakSet<object>();
  let collation = '';
  const connect = async (): Promise<ServerConnection> => {
    const client = await pool.getConnection();
    const opened = connection(client);
    if (prepared.has(client.connection)) return opened;
    try {
      for (const setting of SESSION) await opened.query(setting);
      const { rows } = await opened.query('select version() as version');
      const { version } = rows[0] as { version: string };
      // Both compare bytes, and a space at the end too.
      collation = version.includes('MariaDB') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
      prepared.add(client.connection);
      return opened;
    } catch (error) {
      opened.release(true);
      throw error;
    }
  };
  return {
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new NeutralMysqlCompiler(),
    },
    begin: 'start transaction',
    exclusive: `select get_lock('nightjar.migrations', 60)`,
    undoesSteps: false,
    worded: (statement, before) => toMysql(statement, before, collation),
    isDone: (error) =>
      error instanceof Error && 'errno' in error && typeof error.errno === 'number' && DONE.has(error.errno),
    // The engine keeps it itself.
    renumber: () => undefined,
    pool: { connect, close: () => pool.end() },
  };
}
