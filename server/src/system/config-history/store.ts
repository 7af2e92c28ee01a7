import type { Sql } from '../../database/index.ts';

export interface ConfigVersion {
  id: number;
  at: string;
  author: string;
  content: string;
}

const KEPT = 100;

/** SQL of what the configuration file said. */
export const versionStore = {
  async add(sql: Sql, version: Omit<ConfigVersion, 'id'>): Promise<void> {
    await sql.insertInto('config_versions').values(version).execute();
    const kept = sql.selectFrom('config_versions').select('id').orderBy('id', 'desc').limit(KEPT);
    await sql.deleteFrom('config_versions').where('id', 'not in', kept).execute();
  },

  /** Newest first. */
  all(sql: Sql): Promise<ConfigVersion[]> {
    return sql.selectFrom('config_versions').selectAll().orderBy('id', 'desc').execute();
  },

  find(sql: Sql, id: number): Promise<ConfigVersion | undefined> {
    return sql.selectFrom('config_versions').selectAll().where('id', '=', id).executeTakeFirst();
  },

  newest(sql: Sql): Promise<ConfigVersion | undefined> {
    return sql.selectFrom('config_versions').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();
  },
};
