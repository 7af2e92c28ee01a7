import { SEALED_SUFFIX } from '@nightjar/contract/link';
import type { ExpressionBuilder } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';
import type { SegmentQuery } from './segment.ts';

/**
 * Start of the last but one segment that began by then, each perhaps with its original: nothing of before reaches
 * beyond it, but where a clock was set back. Read from the index alone; a bound of a day would fetch a hundred rows of which one is wanted.
 */
export async function reachingBack(
  sql: Sql,
  streamId: string,
  from: string | undefined,
): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const before = await sql
    .selectFrom('segments')
    .select('start_at')
    .where('stream_id', '=', streamId)
    .where('start_at', '<=', from)
    .orderBy('start_at', 'desc')
    .limit(4)
    .execute();
  return before.at(-1)?.start_at ?? from;
}

export type TimeQuery = Pick<SegmentQuery, 'streamId' | 'from' | 'to' | 'originals'>;

/** Sealed originals are told by their names. */
export const ofKind = (originals: boolean | undefined) => (row: ExpressionBuilder<Schema, 'segments'>) =>
  originals === undefined ? [] : [row('filename', originals ? 'like' : 'not like', `%${SEALED_SUFFIX}`)];

/** `first`: of the same query, see `reachingBack`. */
export const matching =
  ({ streamId, from, to, originals }: TimeQuery, first: string | undefined) =>
  (row: ExpressionBuilder<Schema, 'segments'>) =>
    row.and([
      row('stream_id', '=', streamId),
      ...ofKind(originals)(row),
      ...(from === undefined || first === undefined
        ? []
        : [row.or([row('end_at', 'is', null), row('end_at', '>', from)]), row('start_at', '>=', first)]),
      ...(to === undefined ? [] : [row('start_at', '<=', to)]),
    ]);
