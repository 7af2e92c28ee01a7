import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Schema, Sql } from '../database/index.ts';
import type { Layout, LayoutOwner } from './layout.ts';

const Content = z.object({
  columns: z.int(),
  tiles: z.array(
    z.object({
      camera_id: z.string(),
      stream_id: z.string().nullable(),
      x: z.int(),
      y: z.int(),
      w: z.int(),
      h: z.int(),
    }),
  ),
});

const fromRow = (row: Selectable<Schema['layouts']>): Layout => ({
  id: row.id,
  owner: { kind: row.owner_kind as LayoutOwner['kind'], id: row.owner_id },
  name: row.name,
  shared: row.shared === 1,
  ...Content.parse(JSON.parse(row.content)),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toRow = ({ id, owner, name, shared, columns, tiles, createdAt, updatedAt }: Layout) => ({
  id,
  owner_kind: owner.kind,
  owner_id: owner.id,
  name,
  shared: Number(shared),
  content: JSON.stringify({ columns, tiles }),
  created_at: createdAt,
  updated_at: updatedAt,
});

/** SQL of layouts. */
export const layoutStore = {
  /** Those of an owner and those that are shared, by name. */
  async known(sql: Sql, owner: LayoutOwner): Promise<Layout[]> {
    const rows = await sql
      .selectFrom('layouts')
      .selectAll()
      .where((row) =>
        row.or([
          row('shared', '=', 1),
          row.and([row('owner_kind', '=', owner.kind), row('owner_id', '=', owner.id)]),
        ]),
      )
      .orderBy('name')
      .orderBy('id')
      .execute();
    return rows.map(fromRow);
  },

  async count(sql: Sql, owner: LayoutOwner): Promise<number> {
    const row = await sql
      .selectFrom('layouts')
      .select((on) => on.fn.countAll<number>().as('count'))
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  },

  async find(sql: Sql, id: string): Promise<Layout | undefined> {
    const row = await sql.selectFrom('layouts').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async named(sql: Sql, owner: LayoutOwner, name: string): Promise<string | undefined> {
    const row = await sql
      .selectFrom('layouts')
      .select('id')
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.id;
  },

  async insert(sql: Sql, layout: Layout): Promise<void> {
    await sql.insertInto('layouts').values(toRow(layout)).execute();
  },

  async update(sql: Sql, layout: Layout): Promise<void> {
    const { id, ...values } = toRow(layout);
    await sql.updateTable('layouts').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('layouts').where('id', '=', id).execute();
  },
};
