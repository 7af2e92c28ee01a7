import type { Tier } from '@nightjar/contract/footage';
import type { Sql } from '../../database/index.ts';
import { HELD, type Held, heldOf } from '../store.ts';

/** Of which footage a limit speaks; neither is all of it. */
export interface Scope {
  streamId?: string | undefined;
  tier?: Tier | undefined;
}

/** Footage of one stream that began on one day (UTC). */
export interface DayOfFootage {
  streamId: string;
  /** `2026-01-02` */
  day: string;
  bytes: number;
  protected: boolean;
}

/** A file on the way from the oldest to the newest. */
export type Aged = Held & { startAt: string; endAt: string; duration: number };

const BATCH = 500;

/** SQL of how much footage there is, and which would go first. */
export const limitsStore = {
  /** Of a stream or tier, what is still written included. */
  async bytes(sql: Sql, { streamId, tier }: Scope): Promise<number> {
    let rows = sql.selectFrom('segments').select((on) => on.fn.sum<number | null>('bytes').as('bytes'));
    if (streamId !== undefined) rows = rows.where('stream_id', '=', streamId);
    if (tier !== undefined) rows = rows.where('tier', '=', tier);
    return Number((await rows.executeTakeFirstOrThrow()).bytes ?? 0);
  },

  /** Closed files of a tier that ended before `endedBefore` and that nobody protects, oldest first. */
  async expiredIn(sql: Sql, tier: Tier, endedBefore: string, limit: number): Promise<Held[]> {
    const rows = await sql
      .selectFrom('segments')
      .select(HELD)
      .where('tier', '=', tier)
      .where('protected', '=', 0)
      .where('end_at', '<', endedBefore)
      .orderBy('start_at')
      .limit(limit)
      .execute();
    return rows.map(heldOf);
  },

  /** Bytes by stream and day, protected ones apart. */
  async days(sql: Sql): Promise<DayOfFootage[]> {
    const rows = await sql
      .selectFrom('segments')
      .select((on) => [
        'stream_id',
        'protected',
        on.fn<string>('substr', ['start_at', on.lit(1), on.lit(10)]).as('day'),
        on.fn.sum<number>('bytes').as('bytes'),
      ])
      .groupBy(['stream_id', 'protected', 'day'])
      .execute();
    return rows.map((row) => ({
      ...{ streamId: row.stream_id, day: row.day, bytes: Number(row.bytes) },
      protected: Number(row.protected) === 1,
    }));
  },

  /** Closed files that nobody protects, oldest first, as far as they are asked for. */
  async *oldestFirst(sql: Sql, { streamId }: Pick<Scope, 'streamId'>): AsyncGenerator<Aged> {
    for (let offset = 0; ; offset += BATCH) {
      let rows = sql
        .selectFrom('segments')
        .select([...HELD, 'start_at', 'end_at', 'duration'])
        .where('protected', '=', 0)
        .where('end_at', 'is not', null);
      if (streamId !== undefined) rows = rows.where('stream_id', '=', streamId);
      const found = await rows.orderBy('start_at').orderBy('filename').limit(BATCH).offset(offset).execute();
      for (const row of found) {
        const { start_at: startAt, end_at, duration } = row;
        yield { ...heldOf(row), startAt, endAt: end_at ?? startAt, duration };
      }
      if (found.length < BATCH) return;
    }
  },
};
