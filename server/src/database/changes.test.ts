import { expect, test } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { Changes, changedBy, unchanged } from './changes.ts';
import { openDatabase } from './database.ts';

test('the table that a statement changes', () => {
  expect(changedBy('insert into "streams" ("id") values (?)')).toBe('streams');
  expect(changedBy('insert or replace into streams values (1)')).toBe('streams');
  expect(changedBy('update "people" set "role" = ?')).toBe('people');
  // Others may go with what is deleted.
  for (const statement of ['delete from "streams"', 'rollback', 'vacuum', 'with x as (select 1) update y']) {
    expect(changedBy(statement)).toBeUndefined();
  }
});

const at = new Date(new FakeClock().utc()).toISOString();

test('what was read is read anew after a change of its table, and only then', async () => {
  const database = openDatabase({ path: ':memory:', now: at });
  let reads = 0;
  const count = unchanged(
    () => database.changes('counters'),
    async () => {
      reads++;
      return (await database.sql.selectFrom('counters').selectAll().execute()).length;
    },
  );
  const add = (name: string) => database.sql.insertInto('counters').values({ name, value: 1 }).execute();
  expect([await count(), await count(), reads]).toEqual([0, 0, 1]);
  await add('one');
  expect([await count(), await count(), reads]).toEqual([1, 1, 2]);
  const failed = database.transaction(async (sql) => {
    await sql.insertInto('counters').values({ name: 'two', value: 1 }).execute();
    throw new Error('on purpose');
  });
  await expect(failed).rejects.toThrow('on purpose');
  expect(await count()).toBe(1);
  await database.sql.deleteFrom('counters').execute();
  expect(await count()).toBe(0);
  await database.close();
});

test('what changes while it is read is not kept', async () => {
  const changes = new Changes();
  let value = 1;
  const read = unchanged(
    () => changes.of('x'),
    async () => {
      const seen = value;
      if (value === 1) {
        value = 2;
        changes.table('x');
      }
      return seen;
    },
  );
  expect([await read(), await read()]).toEqual([1, 2]);
});
