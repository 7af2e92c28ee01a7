import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql as raw } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import type { Sql } from './handle.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';

const NOW = '2024-01-15T10:00:00.000Z';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-db-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = () => join(folder, 'state', 'nightjar.db');

const counter = (name: string, value: number) => ({ name, value });

describe('a database file', () => {
  test('keeps what was committed and forgets what was rolled back', async () => {
    const first = openDatabase({ path: path(), now: NOW });
    await first.sql.insertInto('counters').values(counter('kept', 1)).execute();
    const failed = first.transaction(async (sql) => {
      await sql.insertInto('counters').values(counter('lost', 1)).execute();
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    await first.close();
    await first.close();

    const second = openDatabase({ path: path(), now: NOW });
    expect(await second.sql.selectFrom('counters').selectAll().execute()).toEqual([counter('kept', 1)]);
    await second.close();
  });

  test('waits for the disk with each commit but those of what can be had again', async () => {
    const database = openDatabase({ path: path(), now: NOW });
    const waits = async (sql: Sql) =>
      (await raw<{ synchronous: number }>`pragma synchronous`.execute(sql)).rows[0]?.synchronous;
    const [FULL, NORMAL] = [2, 1];
    expect(await waits(database.sql)).toBe(FULL);
    expect(await database.recoverable(waits)).toBe(NORMAL);
    // Whoever comes meanwhile has their turn after it, and the disk's word again.
    const gate = Promise.withResolvers<void>();
    const before = database.recoverable(async (sql) => {
      await gate.promise;
      await sql.insertInto('counters').values(counter('again', 1)).execute();
    });
    const after = database.transaction(waits);
    gate.resolve();
    await before;
    expect(await after).toBe(FULL);
    const failed = database.recoverable(async (sql) => {
      await sql.insertInto('counters').values(counter('lost', 1)).execute();
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    expect(await database.transaction(waits)).toBe(FULL);
    expect(await database.sql.selectFrom('counters').selectAll().execute()).toEqual([counter('again', 1)]);
    await database.close();
  });

  test('lets no query into another transaction', async () => {
    const database = openDatabase({ path: path(), now: NOW });
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const transaction = database
      .transaction(async (sql) => {
        await sql.insertInto('counters').values(counter('inside', 1)).execute();
        order.push('inserted');
        await gate.promise;
        throw new Error('on purpose');
      })
      .catch(() => order.push('rolled back'));
    const outside = database.sql
      .insertInto('counters')
      .values(counter('outside', 1))
      .execute()
      .then(() => order.push('outside'));
    gate.resolve();
    await Promise.all([transaction, outside]);
    expect(order).toEqual(['inserted', 'rolled back', 'outside']);
    expect(await database.sql.selectFrom('counters').select('name').execute()).toEqual([{ name: 'outside' }]);
    await database.close();
  });

  test('goes on after a failed query', async () => {
    const database = openDatabase({ path: path(), now: NOW });
    const insert = () => database.sql.insertInto('counters').values(counter('one', 1)).execute();
    await insert();
    await expect(insert()).rejects.toThrow(/UNIQUE/);
    expect(await database.sql.selectFrom('counters').selectAll().execute()).toHaveLength(1);
    await database.close();
  });

  test('says how many rows a change touched', async () => {
    const database = openDatabase({ path: path(), now: NOW });
    await database.sql
      .insertInto('counters')
      .values([counter('a', 1), counter('b', 1)])
      .execute();
    const result = await database.sql.updateTable('counters').set({ value: 2 }).executeTakeFirst();
    expect(result.numUpdatedRows).toBe(2n);
    await database.close();
  });
});

describe('migrations', () => {
  const open = () => new DatabaseSync(join(folder, 'm.db'));
  const tables = (sqlite: DatabaseSync) =>
    sqlite
      .prepare("select name from sqlite_master where type = 'table'")
      .all()
      .map((row) => row['name']);

  test.each(migrations.map((_, index) => index))('from step %d to the newest', (steps) => {
    const old = open();
    migrate(old, migrations.slice(0, steps), NOW);
    old.close();
    const again = open();
    migrate(again, migrations, NOW);
    migrate(again, migrations, NOW);
    expect(again.prepare('select count(*) as n from migrations').get()?.['n']).toBe(migrations.length);
    again.close();
  });

  test('rows of step 1 outlive the later steps', () => {
    const sqlite = open();
    migrate(sqlite, migrations.slice(0, 1), NOW);
    sqlite.exec(`insert into counters values ('desired_revision', 41)`);
    migrate(sqlite, migrations, NOW);
    expect(sqlite.prepare('select value from counters').get()?.['value']).toBe(41);
    sqlite.close();
  });

  test('a failing step leaves nothing behind', () => {
    const sqlite = open();
    const broken = { number: 1, name: 'broken', statements: ['create table half (a)', 'nonsense'] };
    expect(() => migrate(sqlite, [broken], NOW)).toThrow();
    expect(tables(sqlite)).toEqual(['migrations']);
    sqlite.close();
  });

  test('a database of a newer program is refused', () => {
    const sqlite = open();
    migrate(sqlite, migrations, NOW);
    expect(() => migrate(sqlite, migrations.slice(0, 1), NOW)).toThrow(/newer version/);
    sqlite.close();
  });

  test('the explanations of columns stay in the stored DDL', () => {
    const sqlite = open();
    migrate(sqlite, migrations, NOW);
    const row = sqlite.prepare("select sql from sqlite_master where name = 'streams'").get();
    expect(String(row?.['sql'])).toContain('-- source URL with every secret replaced by ***');
    sqlite.close();
  });
});
