import { setImmediate } from 'node:timers/promises';
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
      // What ended has begun: the search stays inside the index.
      .where('start_at', '<', endedBefore)
      .orderBy('start_at')
      .limit(limit)
      .execute();
    return rows.map(heldOf);
  },

  /** Bytes by stream and day, protected ones apart; one stream after another, for all of it takes seconds. */
  async days(sql: Sql): Promise<DayOfFootage[]> {
    const streams = await sql.selectFrom('streams').select('id').orderBy('id').execute();
    const days: DayOfFootage[] = [];
    for (const { id: streamId } of streams) {
      const kept = new Map((await daysOf(sql, streamId, 1)).map(({ day, bytes }) => [day, bytes]));
      for (const { day, bytes } of await daysOf(sql, streamId)) {
        const locked = kept.get(day) ?? 0;
        if (locked > 0) days.push({ streamId, day, bytes: locked, protected: true });
        if (bytes > locked) days.push({ streamId, day, bytes: bytes - locked, protected: false });
      }
      await setImmediate();
    }
    return days;
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

/** Bytes of a stream by day; all of them come from an index alone. */
async function daysOf(sql: Sql, streamId: string, kept?: 1): Promise<{ day: string; bytes: number }[]> {
  let rows = sql
    .selectFrom('segments')
    .select((on) => [
      on.fn<string>('substr', ['start_at', on.lit(1), on.lit(10)]).as('day'),
      on.fn.sum<number>('bytes').as('bytes'),
    ])
    .where('stream_id', '=', streamId);
  if (kept) rows = rows.where('protected', '=', kept);
  return (await rows.groupBy('day').execute()).map(({ day, bytes }) => ({ day, bytes: Number(bytes) }));
}
