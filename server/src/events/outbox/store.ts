import { sql as raw, type Selectable } from 'kysely';
import { paged, type Schema, type Sql } from '../../database/index.ts';

/** `pending` is tried again; `failed` is not, unless somebody asks for it. */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** Something that is to reach somebody outside, and what became of it. */
export interface Delivery {
  id: string;
  /** Which room delivers it. */
  topic: string;
  /** To what of that room. */
  target: string;
  /** JSON. */
  payload: string;
  state: DeliveryState;
  attempts: number;
  /** ISO 8601; not before then. */
  nextAt: string;
  createdAt: string;
  deliveredAt: string | null;
  /** What the other side or the network said last. */
  detail: string | null;
}

const fromRow = (row: Selectable<Schema['outbox']>): Delivery => ({
  id: row.id,
  topic: row.topic,
  target: row.target,
  payload: row.payload,
  state: row.state as DeliveryState,
  attempts: row.attempts,
  nextAt: row.next_at,
  createdAt: row.created_at,
  deliveredAt: row.delivered_at,
  detail: row.detail,
});

const toRow = (delivery: Delivery) => ({
  id: delivery.id,
  topic: delivery.topic,
  target: delivery.target,
  payload: delivery.payload,
  state: delivery.state,
  attempts: delivery.attempts,
  next_at: delivery.nextAt,
  created_at: delivery.createdAt,
  delivered_at: delivery.deliveredAt,
  detail: delivery.detail,
});

/** SQL of the outbox. */
export const outboxStore = {
  async insert(sql: Sql, delivery: Delivery): Promise<void> {
    await sql.insertInto('outbox').values(toRow(delivery)).execute();
  },

  async update(sql: Sql, delivery: Delivery): Promise<void> {
    const { id, ...values } = toRow(delivery);
    await sql.updateTable('outbox').set(values).where('id', '=', id).execute();
  },

  async find(sql: Sql, id: string): Promise<Delivery | undefined> {
    const row = await sql.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** What is to be tried now, oldest first. */
  async due(sql: Sql, now: string, limit: number): Promise<Delivery[]> {
    const rows = await sql
      .selectFrom('outbox')
      .selectAll()
      .where('state', '=', 'pending')
      .where('next_at', '<=', now)
      .orderBy('next_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  },

  /** When the next one is to be tried. */
  async nextDue(sql: Sql): Promise<string | undefined> {
    const row = await sql
      .selectFrom('outbox')
      .select((on) => on.fn.min('next_at').as('at'))
      .where('state', '=', 'pending')
      .executeTakeFirst();
    return row?.at ?? undefined;
  },

  /** Newest first. */
  async page(
    sql: Sql,
    { topic, target, state }: Pick<Delivery, 'topic' | 'target'> & { state?: DeliveryState | undefined },
    page: { limit: number; offset: number },
  ): Promise<{ deliveries: Delivery[]; total: number }> {
    let those = sql.selectFrom('outbox').where('topic', '=', topic).where('target', '=', target);
    if (state !== undefined) those = those.where('state', '=', state);
    const { rows, total } = await paged(those, ['-created_at', '-id'], page);
    return { deliveries: rows.map(fromRow), total };
  },

  async waiting(sql: Sql, { topic, target }: Pick<Delivery, 'topic' | 'target'>): Promise<number> {
    const { count } = await sql
      .selectFrom('outbox')
      .select((on) => on.fn.countAll<number>().as('count'))
      .where('topic', '=', topic)
      .where('target', '=', target)
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow();
    return Number(count);
  },

  async removeOf(sql: Sql, { topic, target }: Pick<Delivery, 'topic' | 'target'>): Promise<void> {
    await sql.deleteFrom('outbox').where('topic', '=', topic).where('target', '=', target).execute();
  },

  async removeAbout(sql: Sql, topic: string, fragment: string): Promise<void> {
    // Every database knows `replace`; `like` would need its wildcards escaped.
    const holds = raw<boolean>`replace(payload, ${fragment}, '') <> payload`;
    await sql.deleteFrom('outbox').where('topic', '=', topic).where(holds).execute();
  },

  /** What is over and was made before a time. */
  async removeOlder(sql: Sql, before: string): Promise<void> {
    await sql.deleteFrom('outbox').where('state', '!=', 'pending').where('created_at', '<', before).execute();
  },
};
