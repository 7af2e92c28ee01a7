import { Scope } from '@nightjar/contract';
import type { Sql } from '../database/index.ts';
import type { Principal, Reach } from '../kernel/index.ts';

/** One thing a principal may touch. */
export interface Grant {
  kind: 'stream' | 'camera' | 'group';
  id: string;
  /** The scopes that count there; null is all that the principal has. */
  scopes: readonly Scope[] | null;
}

/** Whose grants they are. */
export interface GrantOwner {
  kind: Principal['kind'];
  id: string;
}

/** Which streams belong to a camera or a group; kinds it does not know hold none. */
export interface Territory {
  streamsOf: (sql: Sql, kind: 'camera' | 'group', id: string) => Promise<readonly string[]>;
}

/** SQL of grants. */
export const grantStore = {
  async list(sql: Sql, { kind, id }: GrantOwner): Promise<Grant[]> {
    const rows = await sql
      .selectFrom('grants')
      .selectAll()
      .where('owner_kind', '=', kind)
      .where('owner_id', '=', id)
      .orderBy('object_kind')
      .orderBy('object_id')
      .execute();
    return rows.map((row) => ({
      kind: row.object_kind as Grant['kind'],
      id: row.object_id,
      scopes: row.scopes === null ? null : Scope.array().parse(JSON.parse(row.scopes)),
    }));
  },

  /** Replaces all grants of an owner; an empty list leaves none. */
  async replace(sql: Sql, { kind, id }: GrantOwner, grants: readonly Grant[]): Promise<void> {
    await sql.deleteFrom('grants').where('owner_kind', '=', kind).where('owner_id', '=', id).execute();
    for (const grant of grants) {
      await sql
        .insertInto('grants')
        .values({
          owner_kind: kind,
          owner_id: id,
          object_kind: grant.kind,
          object_id: grant.id,
          scopes: grant.scopes === null ? null : JSON.stringify(grant.scopes),
        })
        .execute();
    }
  },
};

/** A stream of the same id that is made later is another one: nobody reaches it by an old grant. */
export async function forgetGrantsOf(sql: Sql, streamId: string): Promise<void> {
  await sql
    .deleteFrom('grants')
    .where('object_kind', '=', 'stream')
    .where('object_id', '=', streamId)
    .execute();
}

type Counting = readonly Scope[] | null;

/** Two grants that reach the same stream add up. */
const union = (one: Counting, other: Counting): Counting =>
  one === null || other === null ? null : [...new Set([...one, ...other])];

/** Both must allow it. */
const intersection = (one: Counting, other: Counting): Counting =>
  one === null ? other : other === null ? one : one.filter((scope) => other.includes(scope));

/** The streams that a list of grants reaches. */
export async function reachOf(sql: Sql, grants: readonly Grant[], territory: Territory): Promise<Reach> {
  const reach = new Map<string, Counting>();
  for (const { kind, id, scopes } of grants) {
    const streams = kind === 'stream' ? [id] : await territory.streamsOf(sql, kind, id);
    for (const stream of streams) {
      const before = reach.get(stream);
      reach.set(stream, before === undefined ? scopes : union(before, scopes));
    }
  }
  return reach;
}

/** What both reach: a token never reaches further than who made it. */
export function narrower(one: Reach, other: Reach): Reach {
  if (one === 'all') return other;
  if (other === 'all') return one;
  const reach = new Map<string, Counting>();
  for (const [id, scopes] of one) {
    const counting = other.get(id);
    if (counting !== undefined) reach.set(id, intersection(scopes, counting));
  }
  return reach;
}
