import { sql as raw } from 'kysely';
import type { Database, Sql } from '../handle.ts';

interface Waiting {
  readonly work: (sql: Sql) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Works that one commit may hold. */
const MOST = 64;

/**
 * Commits what many callers write at the same time in one go: each commit waits for the disk, and with it every
 * other caller. Each work is whole or not at all, apart from the others.
 */
export function createTogether(transaction: Database['transaction']): Database['transaction'] {
  const waiting: Waiting[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.splice(0, MOST);
      try {
        const settled = await transaction((sql) => allOf(sql, some));
        for (const settle of settled) settle();
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    busy = false;
  }

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      if (busy) return;
      busy = true;
      // Whoever else has something to write in this turn comes along.
      setImmediate(() => void flush());
    });
}

/** What is to be told once it is committed. A lone work fails with its transaction, without a savepoint. */
async function allOf(sql: Sql, some: readonly Waiting[]): Promise<(() => void)[]> {
  const settled: (() => void)[] = [];
  for (const one of some) settled.push(await (some.length === 1 ? alone(sql, one) : among(sql, one)));
  return settled;
}

async function alone(sql: Sql, { work, resolve }: Waiting): Promise<() => void> {
  const value = await work(sql);
  return () => resolve(value as never);
}

async function among(sql: Sql, { work, resolve, reject }: Waiting): Promise<() => void> {
  await raw`savepoint one`.execute(sql);
  try {
    const value = await work(sql);
    await raw`release savepoint one`.execute(sql);
    return () => resolve(value as never);
  } catch (error) {
    await raw`rollback to savepoint one`.execute(sql);
    await raw`release savepoint one`.execute(sql);
    return () => reject(error);
  }
}
