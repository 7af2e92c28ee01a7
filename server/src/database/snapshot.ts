import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Insertable, sql as raw } from 'kysely';
import type { Sql } from './handle.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

/** Tables whose rows a person made, parents first. The rest is counters, and what the files of footage tell. */
const KEPT = [
  'streams',
  'stream_errors',
  'cameras',
  'camera_streams',
  'camera_devices',
  'pushes',
  'api_tokens',
  'api_clients',
  'people',
  'recovery_codes',
  'grants',
  'camera_groups',
  'camera_group_members',
  'bookmarks',
  'snapshots',
  'layouts',
  'notification_channels',
  'alert_rules',
  'webhooks',
  'original_keys',
] as const;
type Kept = (typeof KEPT)[number];

/** Rows of a snapshot, brought to this version. */
export type SnapshotRows = { [Table in Kept]: Insertable<Schema[Table]>[] };

/** Writes the whole database, as it is at this moment, to a new file. */
export async function writeSnapshot(sql: Sql, path: string): Promise<void> {
  await raw`vacuum into ${path}`.execute(sql);
}

/** The same from a database that is no file: the tables of people, without counters and the index of footage. */
export async function copySnapshot(sql: Sql, path: string, now: string): Promise<void> {
  const file = new DatabaseSync(path);
  try {
    migrate(file, migrations, now);
    file.exec('begin');
    for (const table of KEPT) {
      for (const row of await sql.selectFrom(table).selectAll().execute()) {
        const names = Object.keys(row);
        const columns = names.map((name) => `"${name}"`).join(', ');
        file
          .prepare(`insert into ${table} (${columns}) values (${names.map(() => '?').join(', ')})`)
          .run(...(Object.values(row) as SQLInputValue[]));
      }
    }
    file.exec('commit');
  } finally {
    file.close();
  }
}

/**
 * Reads a snapshot file, which is brought to this version in place. Throws on anything that is no sound
 * database of this program, and on one of a newer version.
 */
export function readSnapshot(path: string, now: string): SnapshotRows {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec('pragma trusted_schema = off');
    const check = sqlite.prepare('pragma integrity_check').all();
    if (check.length !== 1 || check[0]?.['integrity_check'] !== 'ok') throw new Error('it is damaged');
    // An empty file is a sound database, and not one of this program.
    const steps = sqlite.prepare('select count(*) as count from migrations').get();
    if (Number(steps?.['count']) === 0) throw new Error('it holds no state');
    migrate(sqlite, migrations, now);
    const rows = KEPT.map((table) => [table, sqlite.prepare(`select * from ${table}`).all()]);
    return Object.fromEntries(rows) as SnapshotRows;
  } finally {
    sqlite.close();
  }
}

/** Errors are numbered anew: a server's next number would be one of theirs. */
function withoutNumber(table: Kept, row: object): object {
  if (table !== 'stream_errors') return row;
  const { id, ...rest } = row as { id?: number };
  return rest;
}

/**
 * Replaces what people made by the rows of a snapshot; to be called in a transaction. The index of footage is
 * emptied, for the files are the truth of it, but for what lies in other tiers, and every sign-in is void from `now` on.
 */
export async function restoreRows(sql: Sql, rows: SnapshotRows, now: string): Promise<void> {
  const distant = await sql.selectFrom('segments').selectAll().where('tier', '<>', 'hot').execute();
  const originals = await sql.selectFrom('original_keys').selectAll().execute();
  const restored = { ...rows, original_keys: withThoseThere(rows.original_keys, originals) };
  for (const table of KEPT.toReversed()) await sql.deleteFrom(table).execute();
  for (const table of KEPT) {
    for (const row of restored[table])
      await sql
        .insertInto(table)
        .values(withoutNumber(table, row) as never)
        .execute();
  }
  await sql.updateTable('people').set({ tokens_valid_after: now }).execute();
  await sql.updateTable('api_clients').set({ tokens_valid_after: now }).execute();
  await sql.deleteFrom('sign_ins').execute();
  await keepDistant(sql, distant, new Set(rows.streams.map(({ id }) => id)));
  const streams = sql.selectFrom('streams').select('id');
  await sql.deleteFrom('footage_deletions').where('stream_id', 'in', streams).execute();
}

/**
 * Keys of recorded originals are added and never taken away: what was recorded since the snapshot needs them. One that
 * is there stays as it is: the vault may have another key by now than at the time of the snapshot.
 */
function withThoseThere<Row extends { id: string }>(rows: readonly Row[], there: readonly Row[]): Row[] {
  const known = new Set(there.map(({ id }) => id));
  return [...there, ...rows.filter(({ id }) => !known.has(id))];
}

/** No inventory tells of other tiers: their rows stay, and without a stream their files go. */
async function keepDistant(
  sql: Sql,
  distant: readonly Insertable<Schema['segments']>[],
  streams: ReadonlySet<string>,
): Promise<void> {
  for (const row of distant) {
    if (streams.has(row.stream_id)) await sql.insertInto('segments').values(row).execute();
    else {
      const { stream_id, filename, bytes, tier = 'cold' } = row;
      await sql
        .insertInto('tier_removals')
        .values({ tier, stream_id, filename, bytes, reason: 'stream_removed' })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
}
