import type { Sql } from '../../database/index.ts';
import type { AuditEntry } from './entry.ts';

export interface Anchor {
  entryId: number;
  mac: string;
}

/** Which entries are asked for; times are ISO 8601 UTC. */
export interface AuditQuery {
  actor?: string | undefined;
  action?: string | undefined;
  outcome?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  offset: number;
}

const filtered = (sql: Sql, { actor, action, outcome, from, to }: AuditQuery) =>
  sql
    .selectFrom('audit_log')
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? ''))
    .$if(from !== undefined, (query) => query.where('at', '>=', from ?? ''))
    .$if(to !== undefined, (query) => query.where('at', '<=', to ?? ''));

/** SQL of the audit log: entries come, the oldest go, none changes. */
export const auditStore = {
  async anchor(sql: Sql, name: 'oldest' | 'newest'): Promise<Anchor | undefined> {
    const row = await sql.selectFrom('audit_anchor').selectAll().where('name', '=', name).executeTakeFirst();
    return row && { entryId: row.entry_id, mac: row.mac };
  },

  async setAnchor(sql: Sql, name: 'oldest' | 'newest', { entryId, mac }: Anchor): Promise<void> {
    await sql.deleteFrom('audit_anchor').where('name', '=', name).execute();
    await sql.insertInto('audit_anchor').values({ name, entry_id: entryId, mac }).execute();
  },

  async append(sql: Sql, entries: readonly AuditEntry[]): Promise<void> {
    for (const entry of entries) await sql.insertInto('audit_log').values(entry).execute();
  },

  async last(sql: Sql): Promise<AuditEntry | undefined> {
    return sql.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();
  },

  async after(sql: Sql, id: number, limit: number): Promise<AuditEntry[]> {
    return sql.selectFrom('audit_log').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute();
  },

  /** Newest first. */
  async page(sql: Sql, query: AuditQuery): Promise<{ entries: AuditEntry[]; total: number }> {
    const entries = await filtered(sql, query)
      .selectAll()
      .orderBy('id', 'desc')
      .limit(query.limit)
      .offset(query.offset)
      .execute();
    const { total } = await filtered(sql, query)
      .select((on) => on.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return { entries, total: Number(total) };
  },

  /** The newest entry that was made before a time. */
  async newestBefore(sql: Sql, at: string): Promise<AuditEntry | undefined> {
    return sql
      .selectFrom('audit_log')
      .selectAll()
      .where('at', '<', at)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
  },

  async removeUpTo(sql: Sql, id: number): Promise<void> {
    await sql.deleteFrom('audit_log').where('id', '<=', id).execute();
  },
};
