import { type Database, nextNumber } from '../database/index.ts';

/** SQL of how often this program was started. */
export const eventStore = {
  /** Number of this run, from 1; rises across restarts. */
  nextRun: ({ transaction }: Pick<Database, 'transaction'>): Promise<number> =>
    transaction((sql) => nextNumber(sql, 'event_run')),
};
