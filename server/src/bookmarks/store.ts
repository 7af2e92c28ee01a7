import { sql as raw, type Selectable } from 'kysely';
import { paged, type Schema, type Sql } from '../database/index.ts';
import { captureRows } from '../recordings/kept/index.ts';
import type { About, Bookmark, BookmarkQuery, Clip } from './bookmark.ts';

function clipOf(row: Selectable<Schema['bookmarks']>): Clip | null {
  if (row.clip_start_at === null || row.clip_end_at === null) return null;
  return {
    startAt: row.clip_start_at,
    endAt: row.clip_end_at,
    duration: row.duration ?? 0,
    bytes: row.bytes ?? 0,
    sha256: row.sha256 ?? '',
  };
}

const fromRow = (row: Selectable<Schema['bookmarks']>): Bookmark => ({
  id: row.id,
  streamId: row.stream_id,
  source: row.source as Bookmark['source'],
  centerAt: row.center_at,
  beforeSeconds: row.before_seconds,
  afterSeconds: row.after_seconds,
  label: row.label,
  eventType: row.event_type,
  confidence: row.confidence,
  tags: JSON.parse(row.tags),
  createdBy: row.created_by,
  owner: row.owner,
  status: row.status as Bookmark['status'],
  error: row.error,
  clip: clipOf(row),
  thumbnail: row.thumbnail === 1,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

function matching(sql: Sql, asked: BookmarkQuery) {
  let query = sql.selectFrom('bookmarks').where('stream_id', '=', asked.streamId);
  if (asked.eventType !== undefined) query = query.where('event_type', '=', asked.eventType);
  if (asked.createdBy !== undefined) query = query.where('created_by', '=', asked.createdBy);
  if (asked.status !== undefined) query = query.where('status', '=', asked.status);
  if (asked.minConfidence !== undefined) query = query.where('confidence', '>=', asked.minConfidence);
  if (asked.from !== undefined) query = query.where('center_at', '>=', asked.from);
  if (asked.to !== undefined) query = query.where('center_at', '<=', asked.to);
  if (asked.tag !== undefined) {
    // Among the elements of a JSON list of strings; every database knows `replace`.
    const tag = JSON.stringify(asked.tag);
    const found = (text: string) => raw<boolean>`replace(tags, ${text}, '') <> tags`;
    query = query.where((row) => row.or([found(`[${tag}`), found(`,${tag}`)]));
  }
  return query;
}

/** SQL of bookmarks. */
export const bookmarkStore = {
  ...captureRows('bookmarks'),

  async insert(sql: Sql, bookmark: Bookmark): Promise<void> {
    await sql
      .insertInto('bookmarks')
      .values({
        id: bookmark.id,
        stream_id: bookmark.streamId,
        source: bookmark.source,
        center_at: bookmark.centerAt,
        before_seconds: bookmark.beforeSeconds,
        after_seconds: bookmark.afterSeconds,
        label: bookmark.label,
        event_type: bookmark.eventType,
        confidence: bookmark.confidence,
        tags: JSON.stringify(bookmark.tags),
        created_by: bookmark.createdBy,
        owner: bookmark.owner,
        status: bookmark.status,
        error: null,
        clip_start_at: null,
        clip_end_at: null,
        duration: null,
        bytes: null,
        sha256: null,
        thumbnail: 0,
        version: bookmark.version,
        created_at: bookmark.createdAt,
        updated_at: bookmark.updatedAt,
      })
      .execute();
  },

  async find(sql: Sql, id: string): Promise<Bookmark | undefined> {
    const row = await sql.selectFrom('bookmarks').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(sql: Sql, query: BookmarkQuery): Promise<{ bookmarks: Bookmark[]; total: number }> {
    const { rows, total } = await paged(matching(sql, query), ['-center_at', 'id'], query);
    return { bookmarks: rows.map(fromRow), total };
  },

  /** Those of which nothing has come yet. */
  async unsettled(sql: Sql): Promise<Bookmark[]> {
    const rows = await sql
      .selectFrom('bookmarks')
      .selectAll()
      .where('status', 'in', ['pending', 'processing'])
      .execute();
    return rows.map(fromRow);
  },

  /** False when the bookmark is gone. */
  async ready(
    sql: Sql,
    id: string,
    { clip, thumbnail, at }: { clip: Clip; thumbnail: boolean; at: string },
  ): Promise<boolean> {
    const { numUpdatedRows } = await sql
      .updateTable('bookmarks')
      .set((row) => ({
        status: 'ready',
        error: null,
        clip_start_at: clip.startAt,
        clip_end_at: clip.endAt,
        duration: clip.duration,
        bytes: clip.bytes,
        sha256: clip.sha256,
        thumbnail: Number(thumbnail),
        version: row('version', '+', 1),
        updated_at: at,
      }))
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  /** False when it is gone, or no longer of this version. */
  async update(
    sql: Sql,
    { id, version }: Pick<Bookmark, 'id' | 'version'>,
    { label, eventType, confidence, tags, at }: About & { at: string },
  ): Promise<boolean> {
    const { numUpdatedRows } = await sql
      .updateTable('bookmarks')
      .set({
        label,
        event_type: eventType,
        confidence,
        tags: JSON.stringify(tags),
        version: version + 1,
        updated_at: at,
      })
      .where('id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },
};
