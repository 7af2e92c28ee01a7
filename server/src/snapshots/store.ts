import type { Selectable } from 'kysely';
import { paged, type Schema, type Sql } from '../database/index.ts';
import { captureRows } from '../recordings/kept/index.ts';
import type { Picture, Snapshot, SnapshotQuery } from './snapshot.ts';

const fromRow = (row: Selectable<Schema['snapshots']>): Snapshot => ({
  id: row.id,
  streamId: row.stream_id,
  source: row.source as Snapshot['source'],
  wantedAt: row.wanted_at,
  createdBy: row.created_by,
  owner: row.owner,
  metadata: JSON.parse(row.metadata),
  status: row.status as Snapshot['status'],
  error: row.error,
  picture: row.taken_at === null ? null : { takenAt: row.taken_at, bytes: row.bytes ?? 0 },
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

function matching(sql: Sql, asked: SnapshotQuery) {
  let query = sql.selectFrom('snapshots').where('stream_id', '=', asked.streamId);
  if (asked.createdBy !== undefined) query = query.where('created_by', '=', asked.createdBy);
  if (asked.status !== undefined) query = query.where('status', '=', asked.status);
  if (asked.source !== undefined) query = query.where('source', '=', asked.source);
  if (asked.from !== undefined) query = query.where('wanted_at', '>=', asked.from);
  if (asked.to !== undefined) query = query.where('wanted_at', '<=', asked.to);
  return query;
}

/** SQL of snapshots. */
export const snapshotStore = {
  ...captureRows('snapshots'),

  async insert(sql: Sql, snapshot: Snapshot): Promise<void> {
    await sql
      .insertInto('snapshots')
      .values({
        id: snapshot.id,
        stream_id: snapshot.streamId,
        source: snapshot.source,
        wanted_at: snapshot.wantedAt,
        taken_at: null,
        created_by: snapshot.createdBy,
        owner: snapshot.owner,
        metadata: JSON.stringify(snapshot.metadata),
        status: snapshot.status,
        error: null,
        bytes: null,
        version: snapshot.version,
        created_at: snapshot.createdAt,
        updated_at: snapshot.updatedAt,
      })
      .execute();
  },

  async find(sql: Sql, id: string): Promise<Snapshot | undefined> {
    const row = await sql.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(sql: Sql, query: SnapshotQuery): Promise<{ snapshots: Snapshot[]; total: number }> {
    const { rows, total } = await paged(matching(sql, query), ['-wanted_at', 'id'], query);
    return { snapshots: rows.map(fromRow), total };
  },

  /** Those of which nothing has come yet. */
  async unsettled(sql: Sql): Promise<Snapshot[]> {
    const rows = await sql
      .selectFrom('snapshots')
      .selectAll()
      .where('status', 'in', ['pending', 'processing'])
      .execute();
    return rows.map(fromRow);
  },

  /** False when the snapshot is gone. */
  async ready(sql: Sql, id: string, { takenAt, bytes }: Picture, at: string): Promise<boolean> {
    const { numUpdatedRows } = await sql
      .updateTable('snapshots')
      .set((row) => ({
        ...{ status: 'ready', error: null, taken_at: takenAt, bytes, updated_at: at },
        version: row('version', '+', 1),
      }))
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },
};
