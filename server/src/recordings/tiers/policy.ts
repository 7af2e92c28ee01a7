import type { Tier } from '@nightjar/contract/footage';
import type { Sql } from '../../database/index.ts';
import type { TierConfig } from './settings.ts';
import type { Move } from './store.ts';

const DAY_MS = 86_400_000;
/** Moves that one pass asks for of each tier; the next pass asks for more. */
const AT_ONCE = 500;

interface Situation {
  config: TierConfig;
  /** Newest first; more than one. */
  tiers: readonly Tier[];
  /** UTC milliseconds. */
  now: number;
  /** Free on the hot tier's disk; undefined when that cannot be told. */
  freeBytes: number | undefined;
}

interface Candidate {
  stream_id: string;
  filename: string;
  bytes: number;
  end_at: string | null;
}

/**
 * What is to move now: by age, to the oldest tier whose days are over, and the oldest of a tier that holds too much, to
 * the next one. What is on its way already counts as gone.
 */
export async function dueMoves(sql: Sql, situation: Situation): Promise<Move[]> {
  const moves: Move[] = [];
  for (const [i, tier] of situation.tiers.entries()) {
    const later = situation.tiers.slice(i + 1);
    if (later.length === 0) break;
    moves.push(...(await byAge(sql, tier, later, situation)));
    const excess = await excessOf(sql, tier, situation);
    const aged = moves.filter(({ from }) => from === tier).length;
    if (excess > 0 && aged === 0)
      moves.push(...(await bySpace(sql, { tier, to: later[0]!, excess }, situation)));
  }
  return moves;
}

async function byAge(
  sql: Sql,
  tier: Tier,
  later: readonly Tier[],
  { config, now }: Situation,
): Promise<Move[]> {
  const limits = later
    .map((to) => ({ to, days: to === 'hot' ? null : config[to].after_days }))
    .filter((limit): limit is { to: Tier; days: number } => limit.days !== null)
    .map(({ to, days }) => ({ to, before: new Date(now - days * DAY_MS).toISOString() }));
  const newest = limits.reduce<string | undefined>(
    (latest, { before }) => (latest === undefined || before > latest ? before : latest),
    undefined,
  );
  if (newest === undefined) return [];
  const found = await movable(sql, tier, now).where('end_at', '<', newest).limit(AT_ONCE).execute();
  return found.flatMap((file) => {
    const to = limits.findLast(({ before }) => (file.end_at ?? '') < before)?.to;
    return to === undefined ? [] : [moveOf(file, { tier, to, reason: 'age', now })];
  });
}

async function bySpace(
  sql: Sql,
  { tier, to, excess }: { tier: Tier; to: Tier; excess: number },
  { now }: Situation,
): Promise<Move[]> {
  const moves: Move[] = [];
  let left = excess;
  for (const file of await movable(sql, tier, now).where('end_at', 'is not', null).limit(AT_ONCE).execute()) {
    if (left <= 0) break;
    left -= file.bytes;
    moves.push(moveOf(file, { tier, to, reason: 'space', now }));
  }
  return moves;
}

/** Files of a tier that no one moves yet, oldest first. */
const movable = (sql: Sql, tier: Tier, now: number) =>
  sql
    .selectFrom('segments')
    .select(['stream_id', 'filename', 'bytes', 'end_at'])
    .where('tier', '=', tier)
    .where((row) =>
      row.or([row('stays_until', 'is', null), row('stays_until', '<', new Date(now).toISOString())]),
    )
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('tier_moves')
            .select('tier_moves.filename')
            .whereRef('tier_moves.stream_id', '=', 'segments.stream_id')
            .whereRef('tier_moves.filename', '=', 'segments.filename'),
        ),
      ),
    )
    .orderBy('start_at');

const moveOf = (
  { stream_id: streamId, filename }: Candidate,
  { tier: from, to, reason, now }: { tier: Tier; to: Tier; reason: Move['reason']; now: number },
): Move => ({
  ...{ streamId, filename, from, to, reason, staysUntil: null },
  askedAt: new Date(now).toISOString(),
});

/** Bytes that must leave a tier, less those that are on their way. */
async function excessOf(sql: Sql, tier: Tier, { config, freeBytes }: Situation): Promise<number> {
  const { max_bytes: most } = config[tier];
  const floor = tier === 'hot' ? config.hot.min_free_bytes : null;
  const lacking = floor === null || freeBytes === undefined ? 0 : floor - freeBytes;
  if (most === null && lacking <= 0) return 0;
  const over = most === null ? 0 : (await bytesOf(sql, tier)) - most;
  const excess = Math.max(over, lacking);
  return excess <= 0 ? 0 : excess - (await leavingOf(sql, tier));
}

async function bytesOf(sql: Sql, tier: Tier): Promise<number> {
  const row = await sql
    .selectFrom('segments')
    .select((on) => on.fn.sum<number | null>('bytes').as('bytes'))
    .where('tier', '=', tier)
    .executeTakeFirstOrThrow();
  return row.bytes ?? 0;
}

async function leavingOf(sql: Sql, tier: Tier): Promise<number> {
  const row = await sql
    .selectFrom('tier_moves')
    .innerJoin('segments', (on) =>
      on
        .onRef('segments.stream_id', '=', 'tier_moves.stream_id')
        .onRef('segments.filename', '=', 'tier_moves.filename'),
    )
    .select((on) => on.fn.sum<number | null>('segments.bytes').as('bytes'))
    .where('tier_moves.from_tier', '=', tier)
    .where('tier_moves.error', 'is', null)
    .executeTakeFirstOrThrow();
  return row.bytes ?? 0;
}
