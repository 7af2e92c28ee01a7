import { type Database, nextNumber, type Sql } from '../database/index.ts';

const EPOCHS_KEPT = 20;

/** SQL of how far the link has come. */
export const linkStore = {
  /** Number of the newest stored fact of an epoch; 0 before the first. */
  async lastSeq(sql: Sql, epoch: string): Promise<number> {
    const row = await sql
      .selectFrom('link_epochs')
      .select('last_seq')
      .where('epoch', '=', epoch)
      .executeTakeFirst();
    return row?.last_seq ?? 0;
  },

  async setLastSeq(sql: Sql, epoch: string, seq: number, now: string): Promise<void> {
    await sql
      .insertInto('link_epochs')
      .values({ epoch, last_seq: seq, seen_at: now })
      .onConflict((conflict) => conflict.column('epoch').doUpdateSet({ last_seq: seq, seen_at: now }))
      .execute();
  },

  async forgetOldEpochs(sql: Sql): Promise<void> {
    const kept = sql.selectFrom('link_epochs').select('epoch').orderBy('seen_at', 'desc').limit(EPOCHS_KEPT);
    await sql.deleteFrom('link_epochs').where('epoch', 'not in', kept).execute();
  },

  /** The next revision of the desired state; rises across restarts of this program. */
  nextRevision: ({ transaction }: Pick<Database, 'transaction'>): Promise<number> =>
    transaction((sql) => nextNumber(sql, 'desired_revision')),
};
