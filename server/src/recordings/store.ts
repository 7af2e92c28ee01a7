import type { Tier } from '@nightjar/contract/footage';
import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';
import type { FootageTotals, Segment, SegmentQuery } from './segment.ts';
import { matching, ofKind, reachingBack, type TimeQuery } from './time-query.ts';

export const COLUMNS = [
  'stream_id',
  'filename',
  'start_at',
  'end_at',
  'duration',
  'bytes',
  'recovered',
  'close_reason',
  'protected',
  'tier',
] as const;

export const fromRow = (row: Omit<Selectable<Schema['segments']>, 'sha256' | 'stays_until'>): Segment => ({
  streamId: row.stream_id,
  filename: row.filename,
  startAt: row.start_at,
  endAt: row.end_at,
  duration: row.duration,
  bytes: row.bytes,
  recovered: row.recovered === 1,
  closeReason: row.close_reason,
  protected: row.protected === 1,
  tier: row.tier as Tier,
});

/** A file that may be removed, and where it is. */
export type Held = Pick<Segment, 'streamId' | 'filename' | 'bytes' | 'tier'>;

export const HELD = ['stream_id', 'filename', 'bytes', 'tier'] as const;
export const heldOf = (row: Pick<Selectable<Schema['segments']>, (typeof HELD)[number]>): Held => ({
  ...{ streamId: row.stream_id, filename: row.filename, bytes: row.bytes },
  tier: row.tier as Tier,
});

/** A file lasts a day at most, and its last GOP: a bound that keeps the search inside the index. */
const LONGEST_MS = 26 * 3_600_000;
export const longestBefore = (time: string): string => new Date(Date.parse(time) - LONGEST_MS).toISOString();

/** SQL of the footage's index and of deletions that are still to be done. */
export const segmentStore = {
  /** Writes a segment unless its stream is gone; what is closed is never opened again. */
  async put(sql: Sql, segment: Segment): Promise<void> {
    await sql
      .insertInto('segments')
      .columns(COLUMNS)
      .expression((from) =>
        from
          .selectFrom('streams')
          .select((row) => [
            'streams.id as stream_id',
            row.val(segment.filename).as('filename'),
            row.val(segment.startAt).as('start_at'),
            row.val(segment.endAt).as('end_at'),
            row.val(segment.duration).as('duration'),
            row.val(segment.bytes).as('bytes'),
            row.val(Number(segment.recovered)).as('recovered'),
            row.val(segment.closeReason).as('close_reason'),
            row.val(Number(segment.protected)).as('protected'),
            row.val(segment.tier).as('tier'),
          ])
          .where('streams.id', '=', segment.streamId),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['stream_id', 'filename'])
          .doUpdateSet((row) => ({
            start_at: row.ref('excluded.start_at'),
            end_at: row.ref('excluded.end_at'),
            duration: row.ref('excluded.duration'),
            bytes: row.ref('excluded.bytes'),
            recovered: row.ref('excluded.recovered'),
            close_reason: row.ref('excluded.close_reason'),
          }))
          .where((row) =>
            row.or([row('segments.end_at', 'is', null), row('excluded.end_at' as 'end_at', 'is not', null)]),
          ),
      )
      .execute();
  },

  async isClosed(sql: Sql, streamId: string, filename: string): Promise<boolean> {
    const row = await sql
      .selectFrom('segments')
      .select('end_at')
      .where('stream_id', '=', streamId)
      .where('filename', '=', filename)
      .executeTakeFirst();
    return row !== undefined && row.end_at !== null;
  },

  async remove(sql: Sql, streamId: string, filenames: readonly string[]): Promise<void> {
    if (filenames.length === 0) return;
    await sql
      .deleteFrom('segments')
      .where('stream_id', '=', streamId)
      .where('filename', 'in', filenames)
      .execute();
  },

  async find(sql: Sql, query: SegmentQuery): Promise<Segment[]> {
    const first = await reachingBack(sql, query.streamId, query.from);
    const rows = await sql
      .selectFrom('segments')
      .select(COLUMNS)
      .where(matching(query, first))
      .orderBy('start_at', 'desc')
      // As `segments_by_start` has them: MariaDB would sort all files of the stream otherwise.
      .orderBy('duration', 'desc')
      .orderBy('bytes', 'desc')
      .orderBy('filename', 'desc')
      .limit(query.limit)
      .offset(query.offset)
      .execute();
    return rows.map(fromRow);
  },

  /** What overlaps `[from, to]`, oldest first, and the last segment that ended before. */
  async spans(
    sql: Sql,
    { streamId, from, to, originals }: { streamId: string; from: string; to: string; originals?: boolean },
  ): Promise<Segment[]> {
    const select = () =>
      sql
        .selectFrom('segments')
        .select(COLUMNS)
        .where((row) => row.and([row('stream_id', '=', streamId), ...ofKind(originals)(row)]));
    const before = await select()
      .where('start_at', '<', from)
      .orderBy('start_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    const inside = await select()
      .where('start_at', '>=', from)
      .where('start_at', '<=', to)
      .orderBy('start_at')
      .execute();
    return [...(before ? [before] : []), ...inside].map(fromRow);
  },

  async totals(sql: Sql, query: TimeQuery): Promise<FootageTotals> {
    const first = await reachingBack(sql, query.streamId, query.from);
    const row = await sql
      .selectFrom('segments')
      .select((on) => [
        on.fn.countAll<number>().as('count'),
        on.fn.sum<number | null>('bytes').as('bytes'),
        on.fn.sum<number | null>('duration').as('seconds'),
      ])
      .where(matching(query, first))
      .executeTakeFirstOrThrow();
    return { count: row.count, bytes: row.bytes ?? 0, seconds: row.seconds ?? 0 };
  },

  /** Totals of every stream that has footage. */
  async totalsByStream(sql: Sql): Promise<Map<string, FootageTotals>> {
    const rows = await sql
      .selectFrom('segments')
      .select((on) => [
        'stream_id',
        on.fn.countAll<number>().as('count'),
        on.fn.sum<number>('bytes').as('bytes'),
        on.fn.sum<number>('duration').as('seconds'),
      ])
      .groupBy('stream_id')
      .execute();
    return new Map(rows.map(({ stream_id, ...totals }) => [stream_id, totals]));
  },

  /** Closed segments that ended before `endedBefore`, oldest first. */
  async expired(sql: Sql, streamId: string, endedBefore: string, limit: number): Promise<Held[]> {
    const rows = await sql
      .selectFrom('segments')
      .select(HELD)
      .where('stream_id', '=', streamId)
      .where('end_at', '<', endedBefore)
      .where('protected', '=', 0)
      .orderBy('end_at')
      .limit(limit)
      .execute();
    return rows.map(heldOf);
  },

  /** The oldest closed segments that nobody protects: of one tier, of one stream, or of all. */
  async oldest(
    sql: Sql,
    limit: number,
    { tier, streamId }: { tier?: Tier | undefined; streamId?: string | undefined } = {},
  ): Promise<Held[]> {
    let all = sql
      .selectFrom('segments')
      .select(HELD)
      .where('end_at', 'is not', null)
      .where('protected', '=', 0);
    if (tier !== undefined) all = all.where('tier', '=', tier);
    if (streamId !== undefined) all = all.where('stream_id', '=', streamId);
    return (await all.orderBy('start_at').limit(limit).execute()).map(heldOf);
  },

  /** Protects a segment or gives it free; answers with it, undefined when there is none of that name. */
  async protect(
    sql: Sql,
    { streamId, filename }: Pick<Segment, 'streamId' | 'filename'>,
    on: boolean,
  ): Promise<Segment | undefined> {
    const ofThat = { stream_id: streamId, filename };
    await sql
      .updateTable('segments')
      .set({ protected: Number(on) })
      .where((row) => row.and(ofThat))
      .execute();
    const row = await sql
      .selectFrom('segments')
      .select(COLUMNS)
      .where((row) => row.and(ofThat))
      .executeTakeFirst();
    return row && fromRow(row);
  },

  /** Where the index may differ from the files: start of its newest closed segment, or of an older open one. */
  async uncertainSince(sql: Sql, streamId: string): Promise<string | null> {
    const hot = () =>
      sql
        .selectFrom('segments')
        .select('start_at')
        .where('stream_id', '=', streamId)
        .where('tier', '=', 'hot');
    const closed = await hot()
      .where('end_at', 'is not', null)
      .orderBy('end_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    // Without a limit: the few that are open are found by that, not by going through all in order of their start.
    const open = await hot().where('end_at', 'is', null).execute();
    const starts = [...(closed ? [closed] : []), ...open].map(({ start_at }) => start_at).sort();
    return closed ? starts[0]! : null;
  },

  /** What the hot tier is said to hold since a time, and does not. */
  async removeUnseen(
    sql: Sql,
    streamId: string,
    since: string,
    seen: ReadonlySet<string>,
  ): Promise<string[]> {
    const rows = await sql
      .selectFrom('segments')
      .select('filename')
      .where('stream_id', '=', streamId)
      .where('start_at', '>=', since)
      .where('tier', '=', 'hot')
      .execute();
    const gone = rows.map((row) => row.filename).filter((filename) => !seen.has(filename));
    await segmentStore.remove(sql, streamId, gone);
    return gone;
  },

  async addDeletion(sql: Sql, streamId: string, at: string): Promise<void> {
    await sql
      .insertInto('footage_deletions')
      .values({ stream_id: streamId, requested_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async deletions(sql: Sql): Promise<string[]> {
    return (await sql.selectFrom('footage_deletions').select('stream_id').execute()).map(
      (row) => row.stream_id,
    );
  },

  async deletionDone(sql: Sql, streamId: string): Promise<void> {
    await sql.deleteFrom('footage_deletions').where('stream_id', '=', streamId).execute();
  },
};
