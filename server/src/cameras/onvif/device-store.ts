import type { Sql } from '../../database/index.ts';

/** How a stream's device is reached, at rest. */
export interface StoredDevice {
  readonly streamId: string;
  /** The vault's text. */
  readonly sealed: string;
  readonly listens: boolean;
}

export const deviceStore = {
  async find(sql: Sql, streamId: string): Promise<StoredDevice | undefined> {
    const row = await sql
      .selectFrom('camera_devices')
      .selectAll()
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    return row && { streamId: row.stream_id, sealed: row.place_sealed, listens: row.listens === 1 };
  },

  /** Streams whose devices are listened to. */
  async listening(sql: Sql): Promise<StoredDevice[]> {
    const rows = await sql.selectFrom('camera_devices').selectAll().where('listens', '=', 1).execute();
    return rows.map((row) => ({ streamId: row.stream_id, sealed: row.place_sealed, listens: true }));
  },

  async put(sql: Sql, { streamId, sealed, listens }: StoredDevice, now: string): Promise<void> {
    const values = { place_sealed: sealed, listens: listens ? 1 : 0, updated_at: now };
    await sql
      .insertInto('camera_devices')
      .values({ stream_id: streamId, ...values })
      .onConflict((conflict) => conflict.column('stream_id').doUpdateSet(values))
      .execute();
  },

  async remove(sql: Sql, streamId: string): Promise<void> {
    await sql.deleteFrom('camera_devices').where('stream_id', '=', streamId).execute();
  },
};
