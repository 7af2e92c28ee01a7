import type { Selectable } from 'kysely';
import { paged, type Schema, type Sql } from '../database/index.ts';
import type { Job, JobState } from './job.ts';

const fromRow = (row: Selectable<Schema['jobs']>): Job => ({
  id: row.id,
  kind: row.kind,
  state: row.state as JobState,
  progress: row.progress,
  owner: row.owner,
  streamId: row.stream_id,
  request: JSON.parse(row.request),
  result: row.result === null ? null : JSON.parse(row.result),
  error: row.error,
  createdAt: row.created_at,
  dueAt: row.due_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
});

/** Which jobs; newest first. */
export interface JobQuery {
  owner?: string | undefined;
  kind?: string | undefined;
  state?: JobState | undefined;
  limit: number;
  offset: number;
}

const matching = (sql: Sql, { owner, kind, state }: Omit<JobQuery, 'limit' | 'offset'>) => {
  let query = sql.selectFrom('jobs');
  if (owner !== undefined) query = query.where('owner', '=', owner);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (state !== undefined) query = query.where('state', '=', state);
  return query;
};

/** SQL of jobs. */
export const jobStore = {
  async insert(sql: Sql, job: Job): Promise<void> {
    await sql
      .insertInto('jobs')
      .values({
        id: job.id,
        kind: job.kind,
        state: job.state,
        progress: job.progress,
        owner: job.owner,
        stream_id: job.streamId,
        request: JSON.stringify(job.request),
        result: null,
        error: null,
        created_at: job.createdAt,
        due_at: job.dueAt,
        started_at: null,
        ended_at: null,
      })
      .execute();
  },

  async find(sql: Sql, id: string): Promise<Job | undefined> {
    const row = await sql.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(sql: Sql, query: JobQuery): Promise<{ jobs: Job[]; total: number }> {
    const { rows, total } = await paged(matching(sql, query), ['-created_at', 'id'], query);
    return { jobs: rows.map(fromRow), total };
  },

  /** All that have not ended, oldest first. */
  async open(sql: Sql): Promise<Job[]> {
    const rows = await sql
      .selectFrom('jobs')
      .selectAll()
      .where('state', 'in', ['waiting', 'running'])
      .orderBy('created_at')
      .execute();
    return rows.map(fromRow);
  },

  /** Those that are about a stream, and about none of these. */
  async ofOthers(sql: Sql, streams: ReadonlySet<string>): Promise<{ id: string }[]> {
    const rows = await sql
      .selectFrom('jobs')
      .select(['id', 'stream_id'])
      .where('stream_id', 'is not', null)
      .execute();
    return rows.filter(({ stream_id }) => stream_id !== null && !streams.has(stream_id));
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('jobs').where('id', '=', id).execute();
  },

  async begun(sql: Sql, id: string, at: string): Promise<void> {
    await sql.updateTable('jobs').set({ state: 'running', started_at: at }).where('id', '=', id).execute();
  },

  async again(sql: Sql, id: string): Promise<void> {
    await sql
      .updateTable('jobs')
      .set({ state: 'waiting', progress: 0, started_at: null })
      .where('id', '=', id)
      .execute();
  },

  async progressed(sql: Sql, id: string, progress: number): Promise<void> {
    await sql
      .updateTable('jobs')
      .set({ progress })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .execute();
  },

  async ended(sql: Sql, job: Job): Promise<void> {
    await sql
      .updateTable('jobs')
      .set({
        state: job.state,
        progress: job.progress,
        result: job.result === null ? null : JSON.stringify(job.result),
        error: job.error,
        ended_at: job.endedAt,
      })
      .where('id', '=', job.id)
      .execute();
  },

  /** Forgets what ended before `before`, and all but the newest `kept` of what has ended. */
  async prune(sql: Sql, before: string, kept: number): Promise<void> {
    const newest = sql
      .selectFrom('jobs')
      .select('id')
      .where('ended_at', 'is not', null)
      .orderBy('ended_at', 'desc')
      .limit(kept);
    await sql
      .deleteFrom('jobs')
      .where('ended_at', 'is not', null)
      .where((row) => row.or([row('ended_at', '<', before), row('id', 'not in', newest)]))
      .execute();
  },
};
