import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOriginalsPair, sealingKey } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase, readSnapshot, restoreRows } from '../database/index.ts';
import { createVault } from '../kernel/index.ts';
import { Originals } from './originals.ts';
import { originalsStore } from './originals-store.ts';

const DAY = 86_400_000;
const vault = createVault(Buffer.alloc(32, 7));
let now: number;
let database: Database;
let warned: number;
let originals: Originals;
let entries: unknown[];
let audit: (entry: object) => Promise<void>;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  warned = 0;
  entries = [];
  audit = async (entry) => void entries.push(entry);
  database = openDatabase({ path: ':memory:', now: new Date(now).toISOString() });
  originals = new Originals({
    ...{ database, vault, clock: { utc: () => now, monotonic: () => now } },
    audit: { written: (entry) => audit(entry) },
    log: { warn: () => void warned++ },
    judge: async () => ({ allowed: true }),
  });
});
afterEach(() => database.close());

/** A pair as it stands in the database, sealed by `with`. */
function row(id: string, at: number, by = vault) {
  const { publicHalf, privateHalf } = makeOriginalsPair();
  const private_sealed = by.seal(privateHalf, `original-key:${id}`);
  return { id, public_half: publicHalf, private_sealed, created_at: new Date(at).toISOString() };
}

const opens = async (key: { id: string; public_half: string }): Promise<boolean> => {
  const file = sealingKey(key, 'yard');
  const sealed = { streamId: 'yard', filename: 'a', keyId: key.id, ephemeral: file.ephemeral };
  return (await originals.open(sealed, ''))?.equals(file.key) ?? false;
};

test('a new pair takes the place of an old one, whose files still open', async () => {
  const [one, same] = await Promise.all([originals.key(), originals.key()]);
  expect(same).toEqual(one);
  now += 91 * DAY;
  const next = await originals.key();
  expect(next.id).not.toBe(one.id);
  expect(await originals.key()).toEqual(next);
  expect(await opens(one)).toBe(true);
});

describe('nothing is sealed for a pair', () => {
  test.each([
    ['that the vault does not open', () => row('stranger', now, createVault(Buffer.alloc(32, 8)))],
    [
      'whose public half is that of somebody else',
      () => ({ ...row('changed', now), public_half: makeOriginalsPair().publicHalf }),
    ],
    ['of a clock that was far ahead', () => row('ahead', now + 1000 * DAY)],
    [
      'that nobody opens, of a clock that was far ahead',
      () => row('both', now + 1000 * DAY, createVault(Buffer.alloc(32, 8))),
    ],
  ])('%s', async (_what, made) => {
    const bad = made();
    await originalsStore.add(database.sql, bad);
    const key = await originals.key();
    expect(key.id).not.toBe(bad.id);
    expect(await opens(key)).toBe(true);
    const before = warned;
    // One pair is made for it, and no more.
    expect([await originals.key(), await originals.key()]).toEqual([key, key]);
    expect((await originalsStore.list(database.sql)).length).toBe(2);
    expect(warned).toBe(before);
  });

  test('that is newest, while an older one of the time opens', async () => {
    const older = row('older', now - DAY);
    await originalsStore.add(database.sql, older);
    await originalsStore.add(database.sql, row('newest', now, createVault(Buffer.alloc(32, 8))));
    expect((await originals.key()).id).toBe('older');
    expect(warned).toBe(1);
  });
});

describe('who opens a file', () => {
  const asked = async () => {
    const key = await originals.key();
    const { ephemeral } = sealingKey(key, 'yard');
    return { streamId: 'yard', filename: 'a', keyId: key.id, ephemeral };
  };

  test('is written down before they have its key, once for all that ask within a minute', async () => {
    const of = await asked();
    const { promise, resolve } = Promise.withResolvers<void>();
    audit = (entry) => {
      entries.push(entry);
      return promise;
    };
    const told: unknown[] = [];
    const both = [originals.open(of, ''), originals.open(of, '')].map((key) => key.then((k) => told.push(k)));
    await expect.poll(() => entries.length).toBe(1);
    await new Promise(setImmediate);
    expect(told).toEqual([]);
    resolve();
    await Promise.all(both);
    expect(told.every(Buffer.isBuffer)).toBe(true);
    expect(entries).toMatchObject([{ outcome: 'done', object: { stream: 'yard', filename: 'a' } }]);
    now += 61_000;
    await originals.open(of, '');
    expect(entries.length).toBe(2);
  });

  test('gets no key where that cannot be written, and is asked for anew then', async () => {
    const of = await asked();
    audit = () => Promise.reject(new Error('the disk is full'));
    for (let again = 0; again < 2; again++)
      await expect(originals.open(of, '')).rejects.toThrow('the disk is full');
    audit = async (entry) => void entries.push(entry);
    expect(await originals.open(of, '')).toBeDefined();
    expect(entries.length).toBe(1);
  });

  test('is not said to have opened what nobody can', async () => {
    expect(await originals.open({ ...(await asked()), keyId: 'lost' }, '')).toBeUndefined();
    expect(entries).toMatchObject([{ outcome: 'failed' }]);
  });
});

test('a restored backup adds its keys, removes none, and brings no older seal back', async () => {
  const at = new Date(now).toISOString();
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-originals-'));
  const pair = (id: string) => ({ id, public_half: 'A'.repeat(43), private_sealed: 's', created_at: at });
  await originalsStore.add(database.sql, pair('before'));
  await originalsStore.add(database.sql, { ...pair('both'), private_sealed: 'by a key that is gone' });
  await database.snapshot(join(folder, 'snapshot.db'), at);
  await originalsStore.add(database.sql, pair('since'));
  await database.sql.deleteFrom('original_keys').where('id', '=', 'before').execute();
  await database.sql.updateTable('original_keys').set({ private_sealed: 's' }).execute();
  const rows = readSnapshot(join(folder, 'snapshot.db'), at);
  await database.transaction((sql) => restoreRows(sql, rows, at));
  for (const id of ['before', 'both', 'since'])
    expect(await originalsStore.find(database.sql, id)).toEqual(pair(id));
  await rm(folder, { recursive: true });
});
