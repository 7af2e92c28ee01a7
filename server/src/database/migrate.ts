import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from './migrations/index.ts';

function appliedNumber(sqlite: DatabaseSync): number {
  sqlite.exec(`create table if not exists migrations (
    number integer primary key,  -- of the last step and all before it
    name text not null,
    applied_at text not null
  ) strict`);
  const row = sqlite.prepare('select coalesce(max(number), 0) as number from migrations').get();
  return Number(row?.['number']);
}

/**
 * Brings the database forward, each migration whole or not at all. Throws on a gap in the numbers, and
 * when a newer program has already been here: there is no way back.
 */
export function migrate(sqlite: DatabaseSync, migrations: readonly Migration[], now: string): void {
  const applied = appliedNumber(sqlite);
  if (applied > migrations.length) {
    throw new Error(`the database is of a newer version (step ${applied}, known are ${migrations.length})`);
  }
  for (const [index, { number, name, statements }] of migrations.entries()) {
    if (number !== index + 1) throw new Error(`migration ${number} stands at place ${index + 1}`);
    if (number <= applied) continue;
    sqlite.exec('begin immediate');
    try {
      for (const statement of statements) sqlite.exec(statement);
      sqlite.prepare('insert into migrations values (?, ?, ?)').run(number, name, now);
      sqlite.exec('commit');
    } catch (error) {
      sqlite.exec('rollback');
      throw error;
    }
  }
}
