import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../index.ts';
import { createTogether } from './together.ts';

let database: Database;
let commits: number;
let together: Database['transaction'];

beforeEach(() => {
  database = openDatabase({ path: ':memory:', now: '' });
  commits = 0;
  together = createTogether((work) => {
    commits++;
    return database.transaction(work);
  });
});
afterEach(() => database.close());

const add = (key: string, fails = false) =>
  together(async (sql) => {
    const row = { owner: 'a', key, request: '', object_id: null, created_at: '' };
    await sql.insertInto('idempotency_keys').values(row).execute();
    if (fails) throw new Error(`${key} failed`);
    return key;
  });
const keys = async () =>
  (await database.sql.selectFrom('idempotency_keys').select('key').orderBy('key').execute()).map(
    ({ key }) => key,
  );

test('what comes in one turn is one commit, and each learns its own', async () => {
  const done = await Promise.all(Array.from({ length: 50 }, (_, n) => add(String(n).padStart(2, '0'))));
  expect([commits, done.length, new Set(done).size]).toEqual([1, 50, 50]);
  expect(await keys()).toEqual(done);
});

test('one that fails takes nobody along, and is not there at all', async () => {
  const settled = await Promise.allSettled([add('a'), add('b', true), add('a'), add('c')]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(await keys()).toEqual(['a', 'c']);
  expect(commits).toBe(1);
});

test('one alone is a transaction as any other, and one after the other are two', async () => {
  await expect(add('a', true)).rejects.toThrow('a failed');
  await add('b');
  await add('c');
  expect([commits, await keys()]).toEqual([3, ['b', 'c']]);
});

test('more than one commit may hold are several, in order', async () => {
  await Promise.all(Array.from({ length: 150 }, (_, n) => add(String(n).padStart(3, '0'))));
  expect([commits, (await keys()).length]).toEqual([3, 150]);
});

test('a transaction that cannot be made is everybody’s error', async () => {
  together = createTogether(() => Promise.reject(new Error('the disk is full')));
  const settled = await Promise.allSettled([add('a'), add('b')]);
  expect(settled.map((each) => each.status === 'rejected' && (each.reason as Error).message)).toEqual([
    'the disk is full',
    'the disk is full',
  ]);
});
