import { CheckedFile } from '@nightjar/contract/footage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { segmentStore } from './store.ts';
import { rebuildIndex, verifyIndex } from './verification.ts';
import { verificationStore } from './verification-store.ts';

const NOW = '2026-01-05T00:00:00.000Z';
const A = '2026-01-02_03-04-00.mp4';
const B = '2026-01-02_03-14-00.mp4';
const HASH = 'a'.repeat(64);

let database: Database;
beforeEach(async () => {
  database = openDatabase({ path: ':memory:', now: NOW });
  for (const id of ['yard', 'door']) await addStream(id);
});
afterEach(() => database.close());

async function addStream(id: string): Promise<void> {
  const columns = await database.sql.introspection.getTables();
  const needed = columns
    .find(({ name }) => name === 'streams')!
    .columns.filter(
      ({ isNullable, hasDefaultValue, name }) => !isNullable && !hasDefaultValue && name !== 'id',
    )
    .map(({ name, dataType }) => [name, /int|real|num/i.test(dataType) ? 0 : '']);
  await database.sql
    .insertInto('streams')
    .values({ ...Object.fromEntries(needed), id } as never)
    .execute();
}

const file = (over: Partial<CheckedFile> = {}): CheckedFile =>
  CheckedFile.parse({
    stream_id: 'yard',
    filename: A,
    state: 'whole',
    bytes: 1000,
    start: '2026-01-02T03:04:00.250Z',
    duration: 600,
    ...over,
  });

const row = {
  streamId: 'yard',
  filename: A,
  startAt: '2026-01-02T03:04:00.250Z',
  endAt: '2026-01-02T03:14:00.250Z',
  duration: 600,
  bytes: 1000,
  recovered: false,
  closeReason: 'rotated',
  protected: false,
  tier: 'hot',
} as const;
const put = (over: { filename?: string; bytes?: number; duration?: number; startAt?: string } = {}) =>
  segmentStore.put(database.sql, { ...row, ...over });

const kinds = async (...files: CheckedFile[]) =>
  (await verifyIndex(database, files)).findings.map(({ streamId, filename, kind }) => [
    streamId,
    filename,
    kind,
  ]);

describe('the index held against the files', () => {
  test('finds nothing amiss where they agree, and counts', async () => {
    await put();
    const result = await verifyIndex(database, [file()]);
    expect(result).toEqual({ files: 1, bytes: 1000, repaired: 0, removed: 0, open: 0, findings: [] });
  });

  test.each([
    ['a file without a row', () => kinds(file({ filename: B })), [['yard', B, 'not_indexed']]],
    ['footage of a stream that is gone', () => kinds(file({ stream_id: 'old' })), [['old', A, 'no_stream']]],
    ['a torn file', () => kinds(file({ state: 'torn', whole_bytes: 900 })), [['yard', A, 'torn']]],
    ['one of somebody else', () => kinds(file({ state: 'foreign' })), [['yard', A, 'foreign']]],
    ['a file that is being written, without a row', () => kinds(file({ state: 'open' })), []],
    ['a file that was empty', () => kinds(file({ state: 'removed' })), []],
  ])('%s', async (_what, found, expected) => {
    expect(await found()).toEqual(expected);
  });

  test('a row without its file', async () => {
    await put();
    expect(await kinds()).toEqual([['yard', A, 'file_missing']]);
  });

  test.each([
    ['bytes', { bytes: 999 }],
    ['duration', { duration: 601 }],
    ['start', { startAt: '2026-01-02T03:04:01.000Z' }],
  ])('a row of another %s', async (_what, over) => {
    await put(over);
    expect(await kinds(file())).toEqual([['yard', A, 'row_differs']]);
  });

  test('bytes that are not those that were recorded', async () => {
    await put();
    await verificationStore.setDigest(database.sql, {
      streamId: 'yard',
      filename: A,
      bytes: 1000,
      sha256: HASH,
    });
    expect(await kinds(file({ sha256: HASH }))).toEqual([]);
    expect(await kinds(file({ sha256: 'b'.repeat(64) }))).toEqual([['yard', A, 'hash_differs']]);
  });

  test('a digest of another size is of another file', async () => {
    await put();
    await verificationStore.setDigest(database.sql, {
      streamId: 'yard',
      filename: A,
      bytes: 7,
      sha256: HASH,
    });
    expect((await verificationStore.all(database.sql, 'yard', ['hot']))[0]!.sha256).toBeNull();
  });
});

describe('the index made anew', () => {
  test('holds what the whole files say, and nothing else', async () => {
    await put({ filename: B });
    await put({ bytes: 5, duration: 3 });
    const files = [
      file({ sha256: HASH }),
      file({ stream_id: 'door', state: 'repaired' }),
      file({ stream_id: 'old' }),
      file({ filename: '2026-01-02_03-24-00.mp4', state: 'torn' }),
    ];
    expect(await rebuildIndex(database, files)).toBe(2);
    expect(await verificationStore.all(database.sql, 'yard', ['hot'])).toEqual([
      expect.objectContaining({
        ...{ filename: A, bytes: 1000, duration: 600, sha256: HASH },
        ...{ endAt: '2026-01-02T03:14:00.250Z', recovered: false, closeReason: 'rotated' },
      }),
    ]);
    expect(await verificationStore.all(database.sql, 'door', ['hot'])).toMatchObject([
      { recovered: true, closeReason: 'killed' },
    ]);
    expect((await verifyIndex(database, files)).findings.map(({ kind }) => kind)).toEqual([
      'no_stream',
      'torn',
    ]);
  });
});

describe('footage of other tiers', () => {
  const cold = (over: Partial<CheckedFile> = {}) => file({ tier: 'cold', sha256: HASH, ...over });
  const move = (state: 'copy' | 'remove', filename: string) =>
    database.sql
      .insertInto('tier_moves')
      .values({
        ...{ stream_id: 'yard', filename, from_tier: 'hot', to_tier: 'cold', state },
        ...{ reason: 'age', asked_at: NOW, stays_until: null, error: null },
      })
      .execute();

  test('is held against its rows where its tier was looked at, and left alone where not', async () => {
    await segmentStore.put(database.sql, { ...row, tier: 'cold' });
    expect(await kinds()).toEqual([]);
    const found = async (...files: CheckedFile[]) =>
      (await verifyIndex(database, files, ['hot', 'cold'])).findings.map(({ kind }) => kind);
    expect(await found(cold())).toEqual([]);
    expect(await found(cold({ bytes: 9 }))).toEqual(['row_differs']);
    expect(await found()).toEqual(['file_missing']);
    expect(await found(cold(), cold({ filename: B }))).toEqual(['not_indexed']);
    expect(await found(cold(), cold({ filename: B, state: 'foreign' }))).toEqual(['foreign']);
  });

  test('counts where its row says that it is, and a copy on its way does not', async () => {
    await segmentStore.put(database.sql, { ...row, tier: 'cold' });
    await put({ filename: B });
    await move('remove', A);
    await move('copy', B);
    const files = [cold(), cold({ filename: B }), file(), file({ filename: B })];
    expect((await verifyIndex(database, files, ['hot', 'cold'])).findings).toEqual([]);
    await rebuildIndex(database, files, ['hot', 'cold']);
    const rows = await verificationStore.all(database.sql, 'yard', ['hot', 'cold']);
    expect(rows.map(({ filename, tier }) => [filename, tier])).toEqual([
      [A, 'cold'],
      [B, 'hot'],
    ]);
  });

  test('is in the index that is made anew; of a file in two tiers the nearest counts', async () => {
    await segmentStore.put(database.sql, { ...row, filename: 'gone.mp4', tier: 'cold' });
    await segmentStore.put(database.sql, { ...row, filename: 'far.mp4', tier: 'archived' });
    const files = [file({ filename: B }), cold(), cold({ filename: B })];
    expect(await rebuildIndex(database, files, ['hot', 'cold'])).toBe(2);
    const rows = await verificationStore.all(database.sql, 'yard', ['hot', 'cold', 'archived']);
    expect(rows.map(({ filename, tier, sha256 }) => [filename, tier, sha256]).sort()).toEqual([
      [A, 'cold', HASH],
      [B, 'hot', null],
      ['far.mp4', 'archived', null],
    ]);
  });
});
