import { sql as raw } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { createLog } from '../../kernel/index.ts';
import { FakeClock } from '../../testing/index.ts';
import { Audit } from './audit.ts';

const KEY = Buffer.alloc(32, 3);
const ADMIN = { kind: 'person', id: 'p1', name: 'admin' } as const;
const DAY_MS = 86_400_000;

let database: Database;
let clock: FakeClock;
let audit: Audit;
beforeEach(() => {
  database = openDatabase({ path: ':memory:', now: '' });
  clock = new FakeClock();
  audit = open();
});
afterEach(async () => {
  await audit.close();
  await database.close();
});

const open = (key = KEY) =>
  new Audit({
    database,
    clock,
    log: createLog({ level: 'silent', write: () => undefined }),
    key,
    retentionDays: () => 30,
  });

function note(count: number, action = 'thing.done'): void {
  for (let n = 0; n < count; n++) {
    audit.note({ principal: ADMIN, action, object: { id: `t${n}` }, outcome: 'done', address: '10.0.0.1' });
  }
}

describe('the audit log', () => {
  test('keeps what was done, newest first, and finds it again', async () => {
    note(3);
    clock.advance(1_000);
    audit.note({ principal: undefined, action: 'sign_in', outcome: 'failed', address: '10.0.0.9' });
    const all = await audit.page({ limit: 2, offset: 0 });
    expect(all.total).toBe(4);
    expect(all.entries[0]).toMatchObject({ id: 4, actor: 'nobody', action: 'sign_in', outcome: 'failed' });
    expect(all.entries[1]).toMatchObject({
      id: 3,
      actor: 'person:p1',
      actor_name: 'admin',
      object: '{"id":"t2"}',
    });
    const one = (query: object) => audit.page({ limit: 50, offset: 0, ...query });
    expect((await one({ actor: 'person:p1' })).total).toBe(3);
    expect((await one({ action: 'sign_in' })).total).toBe(1);
    expect((await one({ outcome: 'refused' })).total).toBe(0);
    expect((await one({ from: '2024-01-15T10:00:00.500Z' })).total).toBe(1);
    expect((await one({ to: '2024-01-15T10:00:00.500Z' })).total).toBe(3);
    expect(await audit.verify()).toMatchObject({ intact: true, entries: 4 });
  });

  test('goes on in the same chain after a restart', async () => {
    note(2);
    await audit.close();
    audit = open();
    note(2);
    expect(await audit.verify()).toMatchObject({ intact: true, entries: 4 });
  });

  test('cannot be changed by a statement', async () => {
    note(1);
    await audit.settled();
    const change = database.sql.updateTable('audit_log').set({ actor: 'nobody' }).execute();
    await expect(change).rejects.toThrow('append-only');
  });

  const unguarded = () => raw`drop trigger audit_log_is_append_only`.execute(database.sql);
  const tampering: [string, () => Promise<unknown>, number, string][] = [
    [
      'a field is changed',
      async () => {
        await unguarded();
        await database.sql.updateTable('audit_log').set({ actor: 'person:p2' }).where('id', '=', 3).execute();
      },
      3,
      'an entry is not what was written',
    ],
    [
      'an entry is taken out',
      () => database.sql.deleteFrom('audit_log').where('id', '=', 3).execute(),
      3,
      'an entry is missing',
    ],
    [
      'the oldest is taken out',
      () => database.sql.deleteFrom('audit_log').where('id', '=', 1).execute(),
      1,
      'an entry is missing',
    ],
    [
      'the newest is taken out',
      () => database.sql.deleteFrom('audit_log').where('id', '=', 5).execute(),
      5,
      'the newest entries are missing',
    ],
    [
      'everything is taken out',
      () => database.sql.deleteFrom('audit_log').execute(),
      1,
      'the newest entries are missing',
    ],
    [
      'two change places',
      async () => {
        await unguarded();
        for (const [from, to] of [
          [2, 99],
          [3, 2],
          [99, 3],
        ] as const) {
          await database.sql.updateTable('audit_log').set({ id: to }).where('id', '=', from).execute();
        }
      },
      2,
      'an entry is not what was written',
    ],
  ];
  test.each(tampering)('notices when %s', async (_what, tamper, brokenAt, reason) => {
    note(5);
    await audit.settled();
    await tamper();
    expect(await audit.verify()).toMatchObject({ intact: false, brokenAt, reason });
  });

  test('a chain made with another key does not hold', async () => {
    note(2);
    await audit.settled();
    expect(await open(Buffer.alloc(32, 4)).verify()).toMatchObject({ intact: false, brokenAt: 1 });
  });

  test('old entries go and what is left still follows from them', async () => {
    note(3);
    clock.advance(20 * DAY_MS);
    note(2);
    await audit.settled();
    clock.advance(11 * DAY_MS);
    await audit.sweep();
    expect(await audit.page({ limit: 50, offset: 0 })).toMatchObject({ total: 2 });
    expect(await audit.verify()).toMatchObject({ intact: true, entries: 2 });
    clock.advance(30 * DAY_MS);
    await audit.sweep();
    expect(await audit.verify()).toMatchObject({ intact: true, entries: 0 });
    note(1);
    expect(await audit.verify()).toMatchObject({ intact: true, entries: 1 });
    expect((await audit.page({ limit: 1, offset: 0 })).entries[0]?.id).toBe(6);
  });

  test('what must not be done unseen waits until it is written, and is not done where it cannot be', async () => {
    const entry = { principal: ADMIN, action: 'opened', outcome: 'done', address: '' } as const;
    await audit.written(entry);
    const { rows } = await raw<{ n: number }>`select count(*) as n from audit_log`.execute(database.sql);
    expect(rows[0]?.n).toBe(1);
    await raw`create trigger full before insert on audit_log begin select raise(fail, 'full'); end`.execute(
      database.sql,
    );
    await expect(audit.written(entry)).rejects.toThrow('could not be written');
    await raw`drop trigger full`.execute(database.sql);
    await audit.written(entry);
    note(10_000);
    await expect(audit.written(entry)).rejects.toThrow('could not be written');
  });

  test('a flood is bounded and told of', async () => {
    note(10_050);
    const { entries, total } = await audit.page({ limit: 1, offset: 0 });
    expect(total).toBe(10_001);
    expect(entries[0]).toMatchObject({ action: 'audit.overflow', details: '{"entries":50}' });
    expect(await audit.verify()).toMatchObject({ intact: true });
  });
});
