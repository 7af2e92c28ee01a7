import { Model, parseStatement } from '../ddl/index.ts';
import type { Migration } from '../migrations/index.ts';
import { LOCK_TABLE } from './driver.ts';
import type { ServerConnection, ServerEngine } from './server-engine.ts';

const OWN_TABLES = [
  `create table if not exists ${LOCK_TABLE} (name varchar(20) not null primary key)`,
  `create table if not exists migrations (
    number bigint not null primary key,
    name varchar(100) not null,
    applied_at varchar(30) not null,
    statements bigint not null
  )`,
];

/** How far a database has come: the steps behind it, and the statements of the next one that are done. */
interface Progress {
  number: number;
  statements: number;
  done: boolean;
}

async function progressOf(connection: ServerConnection): Promise<Progress> {
  const { rows } = await connection.query(
    'select number, statements, applied_at from migrations order by number desc limit 1',
  );
  const row = rows[0] as { number: number; statements: number; applied_at: string } | undefined;
  return { number: row?.number ?? 0, statements: row?.statements ?? 0, done: row?.applied_at !== '' };
}

/** Numbers and dates of ours alone stand in it. */
const note = (step: number, name: string, at: string, statements: number): string[] => [
  `delete from migrations where number = ${step}`,
  `insert into migrations (number, name, applied_at, statements)
    values (${step}, '${name.replaceAll("'", '')}', '${at}', ${statements})`,
];

async function runAll(connection: ServerConnection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await connection.query(statement);
}

/** One step in a transaction. */
async function runWhole(
  connection: ServerConnection,
  engine: ServerEngine,
  statements: readonly string[],
): Promise<void> {
  await connection.query(engine.begin);
  try {
    await runAll(connection, statements);
    await connection.query('commit');
  } catch (error) {
    await connection.query('rollback');
    throw error;
  }
}

/** One step where each statement counts at once: the next start goes on behind the last one that is done. */
async function runOnwards(
  connection: ServerConnection,
  engine: ServerEngine,
  step: { number: number; name: string; statements: readonly string[]; from: number },
): Promise<void> {
  const { number, name, statements, from } = step;
  for (const [index, statement] of statements.entries()) {
    if (index < from) continue;
    try {
      await connection.query(statement);
    } catch (error) {
      // Done, and ended before that was noted.
      if (index !== from || !engine.isDone(error)) throw error;
    }
    await runAll(connection, note(number, name, '', index + 1));
  }
}

/**
 * Brings a database of a server forward. Throws on a gap in the numbers, and when a newer program has already been
 * here. The connection is to be closed afterwards: until then no other program migrates.
 */
export async function migrateServer(
  connection: ServerConnection,
  engine: ServerEngine,
  migrations: readonly Migration[],
  now: string,
): Promise<void> {
  await runAll(connection, [engine.exclusive, ...OWN_TABLES]);
  const { rows } = await connection.query(`select name from ${LOCK_TABLE}`);
  if (rows.length === 0) await connection.query(`insert into ${LOCK_TABLE} (name) values ('writer')`);
  const { number: last, statements: done, done: whole } = await progressOf(connection);
  if (last > migrations.length) {
    throw new Error(`the database is of a newer version (step ${last}, known are ${migrations.length})`);
  }
  const model = new Model();
  for (const [index, { number, name, statements }] of migrations.entries()) {
    if (number !== index + 1) throw new Error(`migration ${number} stands at place ${index + 1}`);
    const worded = statements.flatMap((text) => {
      const statement = parseStatement(text);
      const words = engine.worded(statement, model);
      model.apply(statement);
      return words;
    });
    if (number < last || (number === last && whole)) continue;
    const noted = note(number, name, now, worded.length);
    if (engine.undoesSteps) await runWhole(connection, engine, [...worded, ...noted]);
    else {
      const from = number === last ? done : 0;
      await runOnwards(connection, engine, { number, name, statements: worded, from });
      await runAll(connection, noted);
    }
  }
}
