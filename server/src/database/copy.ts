import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { isRowNumber, Model, parseStatement } from './ddl/index.ts';
import type { Sql } from './handle.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import type { ServerDatabase } from './servers/index.ts';

const ROWS = 500;
type Row = Record<string, unknown>;

function newestModel(): Model {
  const model = new Model();
  for (const { statements } of migrations) {
    for (const text of statements) model.apply(parseStatement(text));
  }
  return model;
}

async function countOf(sql: Sql, table: keyof Schema): Promise<number> {
  const { count } = await sql
    .selectFrom(table)
    .select((on) => on.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function copyTable(source: DatabaseSync, sql: Sql, table: keyof Schema): Promise<number> {
  let rows: Row[] = [];
  let count = 0;
  const write = async (): Promise<void> => {
    if (rows.length > 0)
      await sql
        .insertInto(table)
        .values(rows as never)
        .execute();
    count += rows.length;
    rows = [];
  };
  for (const row of source.prepare(`select * from "${table}"`).iterate()) {
    rows.push(row);
    if (rows.length === ROWS) await write();
  }
  await write();
  if ((await countOf(sql, table)) !== count) throw new Error(`rows of ${table} are missing`);
  return count;
}

/**
 * Writes every row of a SQLite file, which is brought to this version, into a server's database that holds none: all or
 * nothing. Answers with the rows of each table. Throws when the database is not empty.
 */
export async function copyInstallation(
  path: string,
  target: ServerDatabase,
  now: string,
): Promise<ReadonlyMap<string, number>> {
  await openDatabase({ path, now }).close();
  const { tables } = newestModel();
  const names = [...tables.keys()] as (keyof Schema)[];
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    source.exec('begin');
    return await target.transaction(async (sql) => {
      const copied = new Map<string, number>();
      for (const table of names) {
        if ((await countOf(sql, table)) > 0) throw new Error(`the database is not empty: it has ${table}`);
      }
      for (const table of names) {
        copied.set(table, await copyTable(source, sql, table));
        const numbered = [...(tables.get(table)?.values() ?? [])].find(isRowNumber);
        if (numbered) await target.renumber(sql, table, numbered.name);
      }
      return copied;
    });
  } finally {
    source.close();
  }
}
