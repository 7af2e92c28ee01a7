import type { Tier } from '@nightjar/contract/footage';
import type { ExpressionBuilder } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';
import type { Cargo } from './place.ts';

/** Why a file goes to another tier. */
export type MoveReason = 'age' | 'space' | 'asked';

/** One file and where it is to be. */
export interface Move {
  streamId: string;
  filename: string;
  from: Tier;
  to: Tier;
  reason: MoveReason;
  askedAt: string;
  /** For the segment, once it is there; ISO 8601. */
  staysUntil: string | null;
}

/** What a lane does next. */
export type Job =
  | { kind: 'copy'; move: Move; cargo: Cargo | undefined }
  | { kind: 'leave'; move: Move }
  | { kind: 'remove'; tier: Tier; streamId: string; filename: string; bytes: number; reason: string };

interface MoveRow {
  stream_id: string;
  filename: string;
  from_tier: string;
  to_tier: string;
  reason: string;
  asked_at: string;
  stays_until: string | null;
}

const MOVE_COLUMNS = [
  'stream_id',
  'filename',
  'from_tier',
  'to_tier',
  'reason',
  'asked_at',
  'stays_until',
] as const;

const moveOf = (row: MoveRow): Move => ({
  streamId: row.stream_id,
  filename: row.filename,
  from: row.from_tier as Tier,
  to: row.to_tier as Tier,
  reason: row.reason as MoveReason,
  askedAt: row.asked_at,
  staysUntil: row.stays_until,
});

/** SQL of files on their way between tiers. */
export const tierStore = {
  /**
   * Wants files moved. One that is on its way already stays so, unless a person asks for another tier; one that was
   * given up is tried again.
   */
  async ask(sql: Sql, moves: readonly Move[]): Promise<void> {
    for (const { streamId, filename, from, to, reason, askedAt, staysUntil } of moves) {
      await sql
        .insertInto('tier_moves')
        .values({
          ...{ stream_id: streamId, filename, from_tier: from, to_tier: to, reason, asked_at: askedAt },
          ...{ state: 'copy', stays_until: staysUntil, error: null },
        })
        .onConflict((conflict) =>
          conflict
            .columns(['stream_id', 'filename'])
            .doUpdateSet({ from_tier: from, to_tier: to, reason, stays_until: staysUntil, error: null })
            .where((row) =>
              reason === 'asked'
                ? row('tier_moves.state', '=', 'copy')
                : row('tier_moves.error', 'is not', null),
            ),
        )
        .execute();
    }
  },

  /** What is to be done at a tier: what frees room first, then the oldest wish. */
  async next(sql: Sql, tier: Tier): Promise<Job | undefined> {
    const moves = () => sql.selectFrom('tier_moves').select(MOVE_COLUMNS).orderBy('asked_at').limit(1);
    const leave = await moves()
      .where('state', '=', 'remove')
      .where('from_tier', '=', tier)
      .executeTakeFirst();
    if (leave) return { kind: 'leave', move: moveOf(leave) };
    const removal = await sql
      .selectFrom('tier_removals')
      .selectAll()
      .where('tier', '=', tier)
      .limit(1)
      .executeTakeFirst();
    if (removal) {
      const { stream_id: streamId, filename, bytes, reason } = removal;
      return { kind: 'remove', tier, streamId, filename, bytes, reason };
    }
    const copy = await moves()
      .where('state', '=', 'copy')
      .where('to_tier', '=', tier)
      .where('error', 'is', null)
      .executeTakeFirst();
    if (!copy) return undefined;
    const move = moveOf(copy);
    return { kind: 'copy', move, cargo: await cargoOf(sql, move) };
  },

  /** The original of a file that has moved is still to go. */
  async leaves(sql: Sql, file: Pick<Move, 'streamId' | 'filename'>): Promise<boolean> {
    const row = await sql.selectFrom('tier_moves').select('state').where(only(file)).executeTakeFirst();
    return row?.state === 'remove';
  },

  /**
   * The copy is there: from now on it counts. `elsewhere`: it is wanted in another tier by now; `gone`: the segment is
   * not what was copied any more.
   */
  async arrived(sql: Sql, move: Move, sha256: string): Promise<'counts' | 'elsewhere' | 'gone'> {
    const wanted = await sql
      .updateTable('tier_moves')
      .set({ state: 'remove' })
      .where(only(move))
      .where('to_tier', '=', move.to)
      .executeTakeFirstOrThrow();
    if (wanted.numUpdatedRows === 0n) return 'elsewhere';
    const moved = await sql
      .updateTable('segments')
      .set({ tier: move.to, sha256, stays_until: move.staysUntil })
      .where('stream_id', '=', move.streamId)
      .where('filename', '=', move.filename)
      .where('tier', '=', move.from)
      .executeTakeFirstOrThrow();
    return moved.numUpdatedRows === 0n ? 'gone' : 'counts';
  },

  async givenUp(sql: Sql, move: Move, error: string): Promise<void> {
    await sql.updateTable('tier_moves').set({ error }).where(only(move)).execute();
  },

  /** Wishes for files that are no more. */
  async forgetLost(sql: Sql): Promise<void> {
    await sql
      .deleteFrom('tier_moves')
      .where('state', '=', 'copy')
      .where((row) =>
        row.not(
          row.exists(
            row
              .selectFrom('segments')
              .select('segments.filename')
              .whereRef('segments.stream_id', '=', 'tier_moves.stream_id')
              .whereRef('segments.filename', '=', 'tier_moves.filename'),
          ),
        ),
      )
      .execute();
  },

  async done(sql: Sql, move: Pick<Move, 'streamId' | 'filename'>): Promise<void> {
    await sql.deleteFrom('tier_moves').where(only(move)).execute();
  },

  /** A file that nobody knows of any more is to go. */
  async addRemoval(sql: Sql, file: Omit<Extract<Job, { kind: 'remove' }>, 'kind'>): Promise<void> {
    const { tier, streamId, filename, bytes, reason } = file;
    await sql
      .insertInto('tier_removals')
      .values({ tier, stream_id: streamId, filename, bytes, reason })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async removed(sql: Sql, file: { tier: Tier; streamId: string; filename: string }): Promise<void> {
    await sql
      .deleteFrom('tier_removals')
      .where('tier', '=', file.tier)
      .where('stream_id', '=', file.streamId)
      .where('filename', '=', file.filename)
      .execute();
  },

  /** Files and bytes of each tier, and how many are on their way to it or were given up. */
  async overview(sql: Sql) {
    const held = await sql
      .selectFrom('segments')
      .select((on) => [
        'tier',
        on.fn.countAll<number>().as('files'),
        on.fn.sum<number>('bytes').as('bytes'),
        on.fn.min('start_at').as('oldest'),
      ])
      .groupBy('tier')
      .execute();
    const queued = await sql
      .selectFrom('tier_moves')
      .select((on) => ['to_tier as tier', 'error', on.fn.countAll<number>().as('files')])
      .where('state', '=', 'copy')
      .groupBy(['to_tier', 'error'])
      .execute();
    return { held, queued };
  },
};

const only =
  ({ streamId, filename }: Pick<Move, 'streamId' | 'filename'>) =>
  (row: ExpressionBuilder<Schema, 'tier_moves'>) =>
    row.and([row('stream_id', '=', streamId), row('filename', '=', filename)]);

async function cargoOf(sql: Sql, { streamId, filename, from }: Move): Promise<Cargo | undefined> {
  const row = await sql
    .selectFrom('segments')
    .select(['bytes', 'sha256', 'start_at', 'end_at', 'duration'])
    .where('stream_id', '=', streamId)
    .where('filename', '=', filename)
    .where('tier', '=', from)
    .executeTakeFirst();
  if (!row || row.end_at === null) return undefined;
  const { bytes, sha256, start_at: start, end_at: end, duration } = row;
  return { streamId, filename, bytes, sha256, start, end, duration };
}
