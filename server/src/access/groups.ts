import type { Database, Sql } from '../database/index.ts';
import { type Clock, DomainError, isoNow } from '../kernel/index.ts';
import { notFound } from './rights.ts';
import { newId } from './secrets.ts';

/** Cameras under one name. */
export interface CameraGroup {
  id: string;
  name: string;
  createdAt: string;
  /** Ids, sorted. */
  cameras: readonly string[];
}

/** SQL of groups. */
const store = {
  async members(sql: Sql, id: string): Promise<string[]> {
    const rows = await sql
      .selectFrom('camera_group_members')
      .select('camera_id')
      .where('group_id', '=', id)
      .orderBy('camera_id')
      .execute();
    return rows.map((row) => row.camera_id);
  },

  async find(sql: Sql, by: 'id' | 'name', value: string): Promise<CameraGroup | undefined> {
    const row = await sql.selectFrom('camera_groups').selectAll().where(by, '=', value).executeTakeFirst();
    if (!row) return undefined;
    const { id, name, created_at } = row;
    return { id, name, createdAt: created_at, cameras: await store.members(sql, id) };
  },

  async setMembers(sql: Sql, id: string, cameras: readonly string[]): Promise<void> {
    await sql.deleteFrom('camera_group_members').where('group_id', '=', id).execute();
    for (const camera_id of new Set(cameras)) {
      await sql.insertInto('camera_group_members').values({ group_id: id, camera_id }).execute();
    }
  },
};

/** Groups of cameras; a grant on one is a grant on each camera that is in it at that moment. */
export class CameraGroups {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  async list(): Promise<CameraGroup[]> {
    const { sql } = this.#database;
    const rows = await sql.selectFrom('camera_groups').select('id').orderBy('name').execute();
    const groups = await Promise.all(rows.map(({ id }) => store.find(sql, 'id', id)));
    return groups.filter((group) => group !== undefined);
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<CameraGroup> {
    const group = await store.find(this.#database.sql, 'id', id);
    if (!group) throw notFound('camera group', id);
    return group;
  }

  /** Throws CONFLICT for a name that is taken. */
  create(name: string, cameras: readonly string[]): Promise<CameraGroup> {
    return this.#database.transaction(async (sql) => {
      const id = newId('group');
      await mustBeFree(sql, id, name);
      const row = { id, name, created_at: isoNow(this.#clock) };
      await sql.insertInto('camera_groups').values(row).execute();
      await store.setMembers(sql, id, cameras);
      return { id, name, createdAt: row.created_at, cameras: await store.members(sql, id) };
    });
  }

  /** Throws NOT_FOUND, CONFLICT. */
  update(id: string, patch: { name?: string; cameras?: readonly string[] }): Promise<CameraGroup> {
    return this.#database.transaction(async (sql) => {
      const before = await store.find(sql, 'id', id);
      if (!before) throw notFound('camera group', id);
      const name = patch.name ?? before.name;
      await mustBeFree(sql, id, name);
      await sql.updateTable('camera_groups').set({ name }).where('id', '=', id).execute();
      if (patch.cameras) await store.setMembers(sql, id, patch.cameras);
      return { ...before, name, cameras: await store.members(sql, id) };
    });
  }

  /** Grants on it reach nothing any more. Throws NOT_FOUND. */
  remove(id: string): Promise<void> {
    return this.#database.transaction(async (sql) => {
      const { numDeletedRows } = await sql
        .deleteFrom('camera_groups')
        .where('id', '=', id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw notFound('camera group', id);
      await sql.deleteFrom('grants').where('object_kind', '=', 'group').where('object_id', '=', id).execute();
    });
  }

  /** The streams a camera or a group stands for, the first of a camera by its id also before it is there. */
  async streamsOf(sql: Sql, kind: 'camera' | 'group', id: string): Promise<readonly string[]> {
    const cameras = kind === 'camera' ? [id] : await store.members(sql, id);
    if (cameras.length === 0) return [];
    const rows = await sql
      .selectFrom('camera_streams')
      .select('stream_id')
      .where('camera_id', 'in', cameras)
      .execute();
    return [...new Set([...cameras, ...rows.map(({ stream_id }) => stream_id)])];
  }
}

async function mustBeFree(sql: Sql, id: string, name: string): Promise<void> {
  const taken = await store.find(sql, 'name', name);
  if (taken && taken.id !== id) throw new DomainError('CONFLICT', 'The name is taken', { field: 'name' });
}
