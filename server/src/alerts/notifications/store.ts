import type { ChannelKind } from '@nightjar/contract/platform';
import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../../database/index.ts';
import type { Channel } from './channel.ts';

const fromRow = (row: Selectable<Schema['notification_channels']>): Channel => ({
  id: row.id,
  name: row.name,
  kind: row.kind as ChannelKind,
  enabled: row.enabled === 1,
  sealed: row.settings_sealed,
  owner: row.owner,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toRow = (channel: Channel) => ({
  id: channel.id,
  name: channel.name,
  kind: channel.kind,
  enabled: Number(channel.enabled),
  settings_sealed: channel.sealed,
  owner: channel.owner,
  created_at: channel.createdAt,
  updated_at: channel.updatedAt,
});

/** SQL of channels. */
export const channelStore = {
  async all(sql: Sql): Promise<Channel[]> {
    const rows = await sql
      .selectFrom('notification_channels')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(fromRow);
  },

  async find(sql: Sql, id: string): Promise<Channel | undefined> {
    const row = await sql
      .selectFrom('notification_channels')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async insert(sql: Sql, channel: Channel): Promise<void> {
    await sql.insertInto('notification_channels').values(toRow(channel)).execute();
  },

  async update(sql: Sql, channel: Channel): Promise<void> {
    const { id, ...values } = toRow(channel);
    await sql.updateTable('notification_channels').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('notification_channels').where('id', '=', id).execute();
  },
};
