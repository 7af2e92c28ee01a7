import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';
import type { Webhook } from './webhook.ts';

const fromRow = (row: Selectable<Schema['webhooks']>): Webhook => ({
  id: row.id,
  owner: row.owner,
  urlShown: row.url_shown,
  sealed: row.sealed,
  events: JSON.parse(row.events),
  description: row.description,
  enabled: row.enabled === 1,
  disabledReason: row.disabled_reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toRow = (webhook: Webhook) => ({
  id: webhook.id,
  owner: webhook.owner,
  url_shown: webhook.urlShown,
  sealed: webhook.sealed,
  events: JSON.stringify(webhook.events),
  description: webhook.description,
  enabled: Number(webhook.enabled),
  disabled_reason: webhook.disabledReason,
  created_at: webhook.createdAt,
  updated_at: webhook.updatedAt,
});

/** SQL of webhooks. */
export const webhookStore = {
  /** Oldest first. */
  async all(sql: Sql): Promise<Webhook[]> {
    const rows = await sql.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(fromRow);
  },

  async find(sql: Sql, id: string): Promise<Webhook | undefined> {
    const row = await sql.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async insert(sql: Sql, webhook: Webhook): Promise<void> {
    await sql.insertInto('webhooks').values(toRow(webhook)).execute();
  },

  async update(sql: Sql, webhook: Webhook): Promise<void> {
    const { id, ...values } = toRow(webhook);
    await sql.updateTable('webhooks').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('webhooks').where('id', '=', id).execute();
  },
};
