import type { Sql } from '../database/index.ts';
import type { Segment } from './segment.ts';
import { COLUMNS, fromRow } from './store.ts';

/** SQL of the check that holds the index against the files. */
export const verificationStore = {
  /** Notes what the bytes of a closed segment are; a row that says another size is of another file. */
  async setDigest(
    sql: Sql,
    file: Pick<Segment, 'streamId' | 'filename' | 'bytes'> & { sha256: string },
  ): Promise<void> {
    await sql
      .updateTable('segments')
      .set({ sha256: file.sha256 })
      .where('stream_id', '=', file.streamId)
      .where('filename', '=', file.filename)
      .where('bytes', '=', file.bytes)
      .execute();
  },

  /** Ids of the streams that may have footage. */
  async streams(sql: Sql): Promise<string[]> {
    const rows = await sql.selectFrom('streams').select('id').execute();
    return rows.map(({ id }) => id);
  },

  /** Every row of a stream in the hot tier with its digest: of the others there are no files here. */
  async all(sql: Sql, streamId: string): Promise<(Segment & { sha256: string | null })[]> {
    const rows = await sql
      .selectFrom('segments')
      .select([...COLUMNS, 'sha256'])
      .where('stream_id', '=', streamId)
      .where('tier', '=', 'hot')
      .orderBy('start_at')
      .execute();
    return rows.map((row) => ({ ...fromRow(row), sha256: row.sha256 }));
  },

  /** Segments that somebody protects. */
  async protectedFiles(sql: Sql): Promise<Pick<Segment, 'streamId' | 'filename'>[]> {
    const rows = await sql
      .selectFrom('segments')
      .select(['stream_id', 'filename'])
      .where('protected', '=', 1)
      .execute();
    return rows.map(({ stream_id: streamId, filename }) => ({ streamId, filename }));
  },
};
