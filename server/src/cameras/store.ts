import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';
import type { Camera } from './camera.ts';

const fromRow = (row: Selectable<Schema['cameras']>): Camera => ({
  id: row.id,
  name: row.name,
  serialNumber: row.serial_number,
  location: row.location,
  description: row.description,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** SQL of cameras and of which streams are theirs. */
export const cameraStore = {
  async all(sql: Sql): Promise<Camera[]> {
    const rows = await sql.selectFrom('cameras').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(fromRow);
  },

  async find(sql: Sql, by: 'id' | 'serial_number', value: string): Promise<Camera | undefined> {
    const row = await sql.selectFrom('cameras').selectAll().where(by, '=', value).executeTakeFirst();
    return row && fromRow(row);
  },

  async insert(sql: Sql, camera: Camera): Promise<void> {
    await sql
      .insertInto('cameras')
      .values({
        id: camera.id,
        name: camera.name,
        serial_number: camera.serialNumber,
        location: camera.location,
        description: camera.description,
        created_at: camera.createdAt,
        updated_at: camera.updatedAt,
      })
      .execute();
  },

  async update(sql: Sql, camera: Camera): Promise<void> {
    await sql
      .updateTable('cameras')
      .set({
        name: camera.name,
        serial_number: camera.serialNumber,
        location: camera.location,
        description: camera.description,
        updated_at: camera.updatedAt,
      })
      .where('id', '=', camera.id)
      .execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('cameras').where('id', '=', id).execute();
  },

  async own(sql: Sql, cameraId: string, streamId: string): Promise<void> {
    await sql.insertInto('camera_streams').values({ stream_id: streamId, camera_id: cameraId }).execute();
  },

  /** Ids of the streams of a camera. */
  async streamsOf(sql: Sql, cameraId: string): Promise<string[]> {
    const rows = await sql
      .selectFrom('camera_streams')
      .select('stream_id')
      .where('camera_id', '=', cameraId)
      .orderBy('stream_id')
      .execute();
    return rows.map((row) => row.stream_id);
  },

  /** The camera of every stream. */
  async owners(sql: Sql): Promise<Map<string, string>> {
    const rows = await sql.selectFrom('camera_streams').selectAll().execute();
    return new Map(rows.map((row) => [row.stream_id, row.camera_id]));
  },
};
