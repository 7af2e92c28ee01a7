import type { Tier } from '@nightjar/contract/footage';
import type { Sql } from '../../database/index.ts';

/** Files an answer may hold. */
const MOST = 1_900;
/** On each side of the range, each perhaps with its original: players are told what is nearest. */
const NEIGHBOURS = 4;

const COLUMNS = ['filename', 'bytes', 'end_at', 'tier'] as const;

/** SQL of where single files are. */
export const distantStore = {
  /** The tier of a closed file. */
  async tierOf(sql: Sql, streamId: string, filename: string): Promise<Tier | undefined> {
    const row = await sql
      .selectFrom('segments')
      .select('tier')
      .where('stream_id', '=', streamId)
      .where('filename', '=', filename)
      .where('end_at', 'is not', null)
      .executeTakeFirst();
    return row?.tier as Tier | undefined;
  },

  /** Files outside the hot and warm tiers that overlap `[from, to)`, and their neighbours. */
  async around(sql: Sql, { streamId, from, to }: { streamId: string; from: string; to: string }) {
    const distant = () =>
      sql
        .selectFrom('segments')
        .select(COLUMNS)
        .where('stream_id', '=', streamId)
        .where('tier', 'in', ['cold', 'archived']);
    const inside = await distant()
      .where('start_at', '>=', from)
      .where('start_at', '<', to)
      .orderBy('start_at')
      .limit(MOST)
      .execute();
    const before = await distant()
      .where('start_at', '<', from)
      .orderBy('start_at', 'desc')
      .limit(NEIGHBOURS)
      .execute();
    const after = await distant().where('start_at', '>=', to).orderBy('start_at').limit(NEIGHBOURS).execute();
    const rows = new Map([...before, ...inside, ...after].map((row) => [row.filename, row]));
    return [...rows.values()].map(({ filename, bytes, end_at, tier }) => ({
      ...{ filename, bytes, tier: tier as Tier },
      end: end_at ?? from,
    }));
  },

  /** A row that says hot of a file that is there no more. */
  async forgetHot(sql: Sql, streamId: string, filename: string): Promise<void> {
    await sql
      .deleteFrom('segments')
      .where('stream_id', '=', streamId)
      .where('filename', '=', filename)
      .where('tier', '=', 'hot')
      .execute();
  },
};
