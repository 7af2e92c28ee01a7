import type { Tier } from '@nightjar/contract/footage';
import { type ExpressionBuilder, sql as raw } from 'kysely';
import type { Database, Schema, Sql } from '../database/index.ts';
import type { FootageTotals, Segment } from './segment.ts';
import { COLUMNS, fromRow, longestBefore } from './store.ts';
import { ofKind } from './time-query.ts';

/** Which footage of which streams; times ISO 8601 UTC with ms. */
export interface SegmentFilter {
  /** Absent: of every stream. */
  streamIds?: readonly string[] | undefined;
  /** What ends after it. */
  from?: string | undefined;
  /** What begins before it or then. */
  to?: string | undefined;
  tier?: Tier | undefined;
  protected?: boolean | undefined;
  /** Whether it is closed. */
  closed?: boolean | undefined;
  /** Sealed originals alone, or all but those; both when absent. */
  originals?: boolean | undefined;
}

export type SegmentOrder = 'newest' | 'oldest' | 'longest' | 'largest';

/** Footage that began on one day (UTC) of one stream in one tier. */
export interface DayTotals extends FootageTotals {
  date: string;
  streamId: string;
  tier: string;
}

const ORDERS = {
  newest: ['start_at', 'desc'],
  oldest: ['start_at', 'asc'],
  longest: ['duration', 'desc'],
  largest: ['bytes', 'desc'],
} as const satisfies Record<SegmentOrder, readonly [keyof Schema['segments'], 'asc' | 'desc']>;

/** `everywhere`: over all streams the index knows times by whether somebody protects it. */
const during =
  ({ from, to, everywhere }: Pick<SegmentFilter, 'from' | 'to'> & { everywhere: boolean }) =>
  (row: ExpressionBuilder<Schema, 'segments'>) => [
    ...(from === undefined
      ? []
      : [
          row.or([row('end_at', 'is', null), row('end_at', '>', from)]),
          row('start_at', '>', longestBefore(from)),
          ...(everywhere ? [row('protected', 'in', [0, 1])] : []),
        ]),
    ...(to === undefined ? [] : [row('start_at', '<=', to)]),
  ];

const matching =
  ({ streamIds, from, to, tier, protected: kept, closed, originals }: SegmentFilter) =>
  (row: ExpressionBuilder<Schema, 'segments'>) =>
    row.and([
      ...(streamIds === undefined ? [] : [row('stream_id', 'in', [...streamIds])]),
      ...during({ from, to, everywhere: streamIds === undefined })(row),
      ...ofKind(originals)(row),
      ...(tier === undefined ? [] : [row('tier', '=', tier)]),
      ...(kept === undefined ? [] : [row('protected', '=', Number(kept))]),
      ...(closed === undefined ? [] : [row('end_at', closed ? 'is not' : 'is', null)]),
    ]);

const sums = (on: ExpressionBuilder<Schema, 'segments'>) =>
  [
    on.fn.countAll<number>().as('count'),
    on.fn.sum<number | null>('bytes').as('bytes'),
    on.fn.sum<number | null>('duration').as('seconds'),
  ] as const;

interface Sums {
  count: number | string;
  bytes: number | string | null;
  seconds: number | string | null;
}
const totalsIn = ({ count, bytes, seconds }: Sums): FootageTotals => ({
  count: Number(count),
  bytes: Number(bytes ?? 0),
  seconds: Number(seconds ?? 0),
});

const NOTHING: FootageTotals = { count: 0, bytes: 0, seconds: 0 };
const isNothing = ({ streamIds }: SegmentFilter): boolean => streamIds?.length === 0;

/** Footage looked for over many streams; the index is that of `Recordings`. */
export class FootageSearch {
  readonly #sql: Sql;

  constructor({ database }: { database: Database }) {
    this.#sql = database.sql;
  }

  /** A page of what matches, with the totals of all of it. */
  async find(
    filter: SegmentFilter,
    page: { order: SegmentOrder; limit: number; offset: number },
  ): Promise<{ segments: Segment[]; totals: FootageTotals }> {
    if (isNothing(filter)) return { segments: [], totals: NOTHING };
    const [column, direction] = ORDERS[page.order];
    const rows = await this.#sql
      .selectFrom('segments')
      .select(COLUMNS)
      .where(matching(filter))
      .orderBy(column, direction)
      .orderBy('stream_id')
      .orderBy('filename')
      .limit(page.limit)
      .offset(page.offset)
      .execute();
    return { segments: rows.map(fromRow), totals: await this.totals(filter) };
  }

  async totals(filter: SegmentFilter): Promise<FootageTotals> {
    if (isNothing(filter)) return NOTHING;
    const row = await this.#sql
      .selectFrom('segments')
      .select(sums)
      .where(matching(filter))
      .executeTakeFirstOrThrow();
    return totalsIn(row);
  }

  async one(streamId: string, filename: string): Promise<Segment | undefined> {
    const row = await this.#sql
      .selectFrom('segments')
      .select(COLUMNS)
      .where('stream_id', '=', streamId)
      .where('filename', '=', filename)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  /** Totals by day, stream and tier of what began at `from` (ISO 8601) or later. */
  async byDay({ streamIds, from }: { streamIds?: readonly string[]; from: string }): Promise<DayTotals[]> {
    if (streamIds?.length === 0) return [];
    const day = raw<string>`substr(start_at, 1, 10)`;
    const rows = await this.#sql
      .selectFrom('segments')
      .select((on) => ['stream_id', 'tier', day.as('date'), ...sums(on)])
      .where('start_at', '>=', from)
      .where(matching({ streamIds, from }))
      .groupBy(['stream_id', 'tier', day])
      .execute();
    return rows.map((row) => ({
      date: row.date,
      streamId: row.stream_id,
      tier: row.tier,
      ...totalsIn(row),
    }));
  }
}
