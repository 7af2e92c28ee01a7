// house: doors exempt because every store answers on each database, and stores stay behind their rooms' doors
import { PrivacyConfig } from '@nightjar/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditStore } from '../../access/audit/store.ts';
import { grantStore } from '../../access/grants.ts';
import { clientStore } from '../../access/machines/client-store.ts';
import { tokenStore } from '../../access/machines/token-store.ts';
import { type PersonRow, peopleStore } from '../../access/people/store.ts';
import { sessionStore } from '../../access/sign-in/session-store.ts';
import { deviceStore } from '../../cameras/onvif/device-store.ts';
import { linkStore } from '../../engine-link/store.ts';
import { eventStore } from '../../events/store.ts';
import { growSegments } from '../../recordings/growth-store.ts';
import { limitsStore } from '../../recordings/keeping/limits-store.ts';
import type { Segment } from '../../recordings/segment.ts';
import { segmentStore } from '../../recordings/store.ts';
import { verificationStore } from '../../recordings/verification-store.ts';
import { streamStore } from '../../streams/store.ts';
import type { Stream } from '../../streams/stream.ts';
import { versionStore } from '../../system/config-history/store.ts';
import { type DatabaseServer, startMariadb, startPostgres } from '../../testing/database-servers/index.ts';
import { eventually, TestServer } from '../../testing/index.ts';
import { arrangements, at, captures, ODD, type Tour, watchVerbs } from '../../testing/store-tours/index.ts';
import { copyInstallation, type Database, databaseFile, openDatabase } from '../index.ts';
import { openServerDatabase } from './index.ts';

const stream = (id: string): Stream => ({
  id,
  source: { shown: 'rtsp://***:***@10.0.0.5/x', sealed: ODD },
  transport: 'auto',
  certificate: { pinned: null, refused: null },
  running: true,
  restartCount: 3,
  recording: {
    ...{ enabled: true, segmentDuration: 2.5, retentionDays: null, maxBytes: null, schedule: null },
    events: { on: ['camera.notice'], before: 5, after: 10 },
  },
  session: { since: null, paused: false, label: ODD, segmentDuration: null, ordered: true },
  reconnect: { enabled: true, max_attempts: 0, backoff_ms: 1000 },
  onDemand: { enabled: false, grace: 10 },
  inference: {
    ...{ enabled: true, model: null, threshold: 0.25, classes: ['person'], zones: [], schedule: null },
    ...{ fps: 5, look_at: null, bookmarks: false, snapshots: false },
  },
  privacy: PrivacyConfig.parse({ enabled: true }),
  privacySince: at(0),
  rtspPath: ODD,
  createdAt: at(0),
  updatedAt: at(0),
  lastConnectedAt: null,
});
const segment = (filename: string, start: number, rest: Partial<Segment> = {}): Segment => ({
  streamId: 'Yard',
  filename,
  startAt: at(start),
  endAt: at(start + 10),
  duration: 9.96,
  bytes: 5_000_000_000,
  recovered: false,
  closeReason: 'rotation',
  protected: false,
  tier: 'hot',
  ...rest,
});
const person = (id: string, username: string): PersonRow => ({
  id,
  username,
  email: null,
  passwordHash: '$argon2id$',
  role: 'viewer',
  extraScopes: ['streams:unblurred'],
  reach: 'granted',
  disabled: false,
  createdAt: at(0),
  tokensValidAfter: at(0),
  totp: { sealed: ODD, confirmed: true, step: 57_000_000 },
  mustChangePassword: false,
  oidcSubject: null,
  lastSignInAt: null,
});
const entry = (id: number) => ({
  ...{ id, at: at(id), actor: 'person:p1', actor_name: ODD, action: 'PUT /x', object: '{"id":"a"}' },
  ...{ outcome: 'done', address: '10.0.0.1', details: '{}', mac: `mac-${id}` },
});
const query = { streamId: 'Yard', limit: 10, offset: 0 };

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** Verbs of the stores, in an order in which each finds something. */
const ROOMS: Tour = {
  streams: [
    (sql) => streamStore.insert(sql, stream('Yard')),
    (sql) => streamStore.insert(sql, stream('yard')),
    (sql) => streamStore.insert(sql, stream('gone')),
    (sql) => streamStore.update(sql, { ...stream('yard'), running: false, transport: 'tcp' }),
    (sql) => streamStore.connected(sql, 'Yard', at(9)),
    (sql) => streamStore.connected(sql, 'Yard', at(8)),
    (sql) => streamStore.certificate(sql, 'Yard', 'ab', true),
    (sql) => streamStore.certificate(sql, 'Yard', 'cd', false),
    (sql) => streamStore.labelled(sql, 'Yard', ODD),
    async (sql) => {
      for (let n = 0; n < 22; n++) {
        await streamStore.addError(sql, 'Yard', { at: at(n), fault: 'unreachable', message: `${ODD} ${n}` });
      }
    },
    (sql) => streamStore.addError(sql, 'nobody', { at: at(1), fault: 'unreachable', message: '' }),
    (sql) => streamStore.errors(sql, 'Yard'),
    (sql) => streamStore.find(sql, 'yard'),
    (sql) => streamStore.find(sql, 'YARD'),
    (sql) => streamStore.find(sql, 'yard '),
    (sql) => streamStore.remove(sql, 'gone'),
    (sql) => streamStore.all(sql),
  ],
  segments: [
    (sql) => segmentStore.put(sql, segment('a.mp4', 0, { endAt: null, closeReason: null, bytes: 10 })),
    (sql) => segmentStore.isClosed(sql, 'Yard', 'a.mp4'),
    (sql) => growSegments(sql, [segment('a.mp4', 0, { bytes: 11 }), segment('x.mp4', 0)]),
    (sql) => segmentStore.put(sql, segment('a.mp4', 0)),
    (sql) => growSegments(sql, [segment('a.mp4', 0, { bytes: 12 })]),
    // Closed is never opened again.
    (sql) => segmentStore.put(sql, segment('a.mp4', 0, { endAt: null, closeReason: null, bytes: 7 })),
    (sql) => segmentStore.isClosed(sql, 'Yard', 'a.mp4'),
    (sql) => segmentStore.put(sql, segment('b.mp4', 10, { recovered: true })),
    (sql) => segmentStore.put(sql, segment('c.mp4', 20, { endAt: null, closeReason: null })),
    (sql) => segmentStore.put(sql, segment('B.mp4', 5, { streamId: 'yard' })),
    (sql) => segmentStore.put(sql, segment('d.mp4', 0, { streamId: 'nobody' })),
    (sql) => segmentStore.protect(sql, { streamId: 'Yard', filename: 'b.mp4' }, true),
    (sql) => segmentStore.protect(sql, { streamId: 'Yard', filename: 'x.mp4' }, true),
    (sql) => verificationStore.setDigest(sql, { ...segment('a.mp4', 0), sha256: 'ab' }),
    (sql) => verificationStore.setDigest(sql, { ...segment('b.mp4', 0), bytes: 1, sha256: 'cd' }),
    (sql) => verificationStore.streams(sql).then((ids) => ids.sort()),
    (sql) => verificationStore.all(sql, 'Yard', ['hot']),
    (sql) => verificationStore.uncounted(sql),
    (sql) => verificationStore.forget(sql, 'Yard', ['archived']),
    (sql) => verificationStore.protectedFiles(sql),
    (sql) => segmentStore.find(sql, query),
    (sql) => segmentStore.find(sql, { ...query, from: at(12), to: at(15), limit: 1, offset: 1 }),
    (sql) => segmentStore.spans(sql, { streamId: 'Yard', from: at(5), to: at(30) }),
    (sql) => segmentStore.totals(sql, query),
    (sql) => segmentStore.totals(sql, { streamId: 'nobody' }),
    async (sql) => [...(await segmentStore.totalsByStream(sql))].sort(),
    (sql) => segmentStore.expired(sql, 'Yard', at(60), 10),
    (sql) => segmentStore.oldest(sql, 10),
    (sql) => limitsStore.bytes(sql, {}),
    (sql) => limitsStore.bytes(sql, { streamId: 'Yard', tier: 'hot' }),
    (sql) => limitsStore.expiredIn(sql, 'hot', at(60), 10),
    (sql) => limitsStore.days(sql),
    (sql) => all(limitsStore.oldestFirst(sql, {})),
    (sql) => all(limitsStore.oldestFirst(sql, { streamId: 'Yard' })),
    (sql) => segmentStore.uncertainSince(sql, 'Yard'),
    (sql) => segmentStore.uncertainSince(sql, 'nobody'),
    (sql) => segmentStore.removeUnseen(sql, 'Yard', at(5), new Set(['c.mp4'])),
    (sql) => segmentStore.remove(sql, 'Yard', ['a.mp4']),
    (sql) => segmentStore.find(sql, query),
    (sql) => segmentStore.addDeletion(sql, 'old', at(0)),
    (sql) => segmentStore.addDeletion(sql, 'old', at(1)),
    async (sql) => {
      const insert = (stream_id: string) =>
        sql
          .insertInto('footage_deletions')
          .values({ stream_id, requested_at: at(2) })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
      return [await insert('old'), await insert('new'), await insert('new')].map((done) =>
        Number(done.numInsertedOrUpdatedRows),
      );
    },
    (sql) => segmentStore.deletions(sql).then((ids) => ids.sort()),
    (sql) => segmentStore.deletionDone(sql, 'old'),
    (sql) => segmentStore.deletions(sql),
  ],
  numbers: [
    (_, database) => eventStore.nextRun(database),
    (_, database) => Promise.all([1, 2, 3].map(() => eventStore.nextRun(database))),
    (_, database) => linkStore.nextRevision(database),
    (sql) => linkStore.lastSeq(sql, 'e1'),
    (sql) => linkStore.setLastSeq(sql, 'e1', 5_000_000_000, at(1)),
    (sql) => linkStore.setLastSeq(sql, 'e1', 5_000_000_001, at(2)),
    async (sql) => {
      for (let n = 0; n < 25; n++) await linkStore.setLastSeq(sql, `f${n}`, n, at(n + 3));
    },
    (sql) => linkStore.forgetOldEpochs(sql),
    (sql) => linkStore.lastSeq(sql, 'e1'),
    (sql) => linkStore.lastSeq(sql, 'f24'),
    async (sql) => {
      for (let n = 0; n < 102; n++) await versionStore.add(sql, { at: at(n), author: ODD, content: ODD });
    },
    async (sql) => (await versionStore.all(sql)).length,
    (sql) => versionStore.newest(sql),
    (sql) => versionStore.find(sql, 50),
    (sql) => versionStore.find(sql, 2),
  ],
  devices: [
    (sql) => deviceStore.put(sql, { streamId: 'Yard', sealed: ODD, listens: false }, at(0)),
    (sql) => deviceStore.put(sql, { streamId: 'Yard', sealed: 'other', listens: true }, at(1)),
    (sql) => deviceStore.find(sql, 'Yard'),
    (sql) => deviceStore.listening(sql),
    (sql) => deviceStore.remove(sql, 'Yard'),
    (sql) => deviceStore.find(sql, 'Yard'),
  ],
  people: [
    (sql) => peopleStore.add(sql, person('p1', 'zoe')),
    (sql) => peopleStore.add(sql, person('p2', 'ada')),
    (sql) => peopleStore.update(sql, { ...person('p1', 'zoë'), email: 'z@example.com', totp: null }),
    (sql) => peopleStore.all(sql),
    (sql) => peopleStore.count(sql),
    (sql) => peopleStore.find(sql, 'email', 'z@example.com'),
    (sql) => peopleStore.find(sql, 'username', 'ada '),
    (sql) => peopleStore.addLink(sql, { hash: 'h1', personId: 'p1', purpose: 'reset', expiresAt: at(9) }),
    (sql) => peopleStore.findLink(sql, 'h1'),
    (sql) => peopleStore.forgetLinks(sql, 'p1'),
    (sql) => peopleStore.findLink(sql, 'h1'),
    (sql) => peopleStore.setRecoveryCodes(sql, 'p1', ['c1', 'c2']),
    (sql) => peopleStore.useRecoveryCode(sql, 'p1', 'c1'),
    (sql) => peopleStore.useRecoveryCode(sql, 'p1', 'c1'),
    (sql) => peopleStore.countRecoveryCodes(sql, 'p1'),
    (sql) => peopleStore.remove(sql, 'p1'),
    (sql) => peopleStore.countRecoveryCodes(sql, 'p1'),
  ],
  sessions: [
    (sql) => sessionStore.add(sql, signIn('s1', 1)),
    (sql) => sessionStore.add(sql, signIn('s2', 2)),
    (sql) => sessionStore.find(sql, 's1'),
    (sql) => sessionStore.used(sql, 's1', at(5), at(90)),
    (sql) => sessionStore.list(sql, { ownerKind: 'person', ownerId: 'p2' }),
    (sql) => sessionStore.addRefresh(sql, refresh('r1', 's1', 90)),
    (sql) => sessionStore.addRefresh(sql, refresh('r2', 's2', 3)),
    (sql) => sessionStore.useRefresh(sql, 'r1', at(6)),
    (sql) => sessionStore.findRefresh(sql, 'r1'),
    (sql) => sessionStore.forgetExpired(sql, at(10)),
    (sql) => sessionStore.findRefresh(sql, 'r2'),
    (sql) => sessionStore.end(sql, 's2'),
    (sql) => sessionStore.add(sql, signIn('s3', 3)),
    (sql) => sessionStore.endAll(sql, { ownerKind: 'person', ownerId: 'p2' }, 's3'),
    (sql) => sessionStore.findRefresh(sql, 'r1'),
    (sql) => sessionStore.list(sql, {}),
    async (sql) => {
      for (let n = 0; n < 52; n++) await sessionStore.rememberPlace(sql, 'p2', `10.0.0.${n}`, at(n));
    },
    (sql) => sessionStore.isKnownPlace(sql, 'p2', '10.0.0.1'),
    (sql) => sessionStore.isKnownPlace(sql, 'p2', '10.0.0.51'),
  ],
  machines: [
    (sql) => tokenStore.add(sql, token),
    (sql) => tokenStore.update(sql, { ...token, name: 'b', revokedAt: at(3) }),
    (sql) => tokenStore.used(sql, 't1', at(4)),
    (sql) => tokenStore.find(sql, 'hash', 'hash'),
    (sql) => tokenStore.all(sql),
    (sql) => tokenStore.count(sql),
    (sql) => tokenStore.remove(sql, 't1'),
    (sql) => clientStore.add(sql, client),
    (sql) => clientStore.update(sql, { ...client, disabled: true }),
    (sql) => clientStore.find(sql, 'c1'),
    (sql) => clientStore.all(sql),
    (sql) => clientStore.remove(sql, 'c1'),
    (sql) => grantStore.replace(sql, owner, [{ kind: 'stream', id: 'x', scopes: null }]),
    (sql) =>
      grantStore.replace(sql, owner, [
        { kind: 'stream', id: 'yard', scopes: ['streams:read'] },
        { kind: 'group', id: 'g', scopes: null },
      ]),
    (sql) => grantStore.list(sql, owner),
  ],
  audit: [
    (sql) => auditStore.append(sql, [1, 2, 3, 4].map(entry)),
    (sql) => auditStore.setAnchor(sql, 'newest', { entryId: 3, mac: 'x' }),
    (sql) => auditStore.setAnchor(sql, 'newest', { entryId: 4, mac: 'mac-4' }),
    (sql) => auditStore.anchor(sql, 'newest'),
    (sql) => auditStore.last(sql),
    (sql) => auditStore.after(sql, 2, 10),
    (sql) => auditStore.page(sql, { actor: 'person:p1', from: at(2), limit: 2, offset: 0 }),
    (sql) => auditStore.newestBefore(sql, at(3)),
    (sql) => auditStore.removeUpTo(sql, 2),
    (sql) => auditStore.page(sql, { limit: 10, offset: 0 }),
    (sql) =>
      sql
        .updateTable('audit_log')
        .set({ actor: 'other' })
        .execute()
        .then(
          () => 'changed',
          (error: Error) => /append-only/.test(error.message),
        ),
  ],
};
const TOUR: Tour = { ...ROOMS, ...captures, ...arrangements };
const owner = { kind: 'person', id: 'p2' } as const;
const token = {
  ...{ id: 't1', name: ODD, hash: 'hash', scopes: ['streams:read' as const], createdAt: at(0) },
  ...{
    expiresAt: null,
    ownerId: 'p2',
    reach: 'all' as const,
    rateLimit: 5,
    lastUsedAt: null,
    revokedAt: null,
  },
};
const client = {
  ...{ id: 'c1', name: ODD, secretHash: 'h', scopes: [], reach: 'granted' as const, disabled: false },
  ...{ createdAt: at(0), createdBy: 'person:p2', lastUsedAt: null, tokensValidAfter: at(0) },
};
const signIn = (id: string, second: number) => ({
  ...{ id, ownerKind: 'person' as const, ownerId: 'p2', method: 'totp' as const, address: '::1' },
  ...{ userAgent: ODD, createdAt: at(second), lastUsedAt: at(second), expiresAt: at(60 + second) },
});
const refresh = (hash: string, signInId: string, until: number) => ({
  ...{ hash, signInId, issuedAt: at(1), expiresAt: at(until), usedAt: null },
});

const PASSWORD = 'Kq4!vhT9-zzLw2';
const LISTS = ['/api/streams', '/api/v1/users', '/api/v1/cameras', '/api/config'];

/** What people made, as the API shows it; without what differs by the moment. */
async function everything(from: TestServer): Promise<unknown[]> {
  const answers = await Promise.all(LISTS.map((path) => from.expect<object>(200, 'GET', path)));
  return answers.map((answer) =>
    JSON.parse(
      JSON.stringify(answer, (key, value: unknown) =>
        ['database', 'limits', 'retention_days', 'last_login_at', 'last_sign_in_at'].includes(key)
          ? undefined
          : value,
      ),
    ),
  );
}

async function jobEnds(on: TestServer, id: string): Promise<void> {
  const job = await eventually(async () => {
    const seen = await on.expect<{ status: string }>(200, 'GET', `/api/backup/${id}`);
    return seen.status === 'running' ? undefined : seen;
  });
  expect(job.status).toBe('completed');
}

/** What each step answers. */
async function walk(database: Database): Promise<Record<string, unknown[]>> {
  const told: Record<string, unknown[]> = {};
  for (const [name, steps] of Object.entries(TOUR)) {
    const answers: unknown[] = [];
    for (const step of steps) answers.push((await step(database.sql, database)) ?? null);
    told[name] = answers;
  }
  return told;
}

describe.each([
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const)('%s', (name, start) => {
  let server: DatabaseServer;
  let database: Database;
  const open = () => openServerDatabase({ address: server.address, now: at(0), lost: () => undefined });
  beforeAll(async () => {
    server = await start();
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('every verb of every store answers as on SQLite', async () => {
    const file = openDatabase({ path: ':memory:', now: at(0) });
    const verbs = await watchVerbs();
    const expected = await walk(file);
    expect(verbs.unused()).toEqual([]);
    console.info(`stores: ${verbs.all} verbs of all rooms, each on SQLite and ${name}`);
    await file.close();
    const answers = await walk(database);
    for (const room of Object.keys(TOUR)) expect(answers[room], room).toEqual(expected[room]);
  });

  test('is brought to this version once, however many programs start at a time', async () => {
    const others = await Promise.all([open(), open(), open()]);
    const numbers = await Promise.all(others.map(({ sql }) => streamStore.all(sql)));
    expect(numbers.map(({ length }) => length)).toEqual([2, 2, 2]);
    await Promise.all(others.map((each) => each.close()));
  });

  test('a transaction that fails leaves nothing, and lets the next one in', async () => {
    const failed = database.transaction(async (sql) => {
      await streamStore.insert(sql, stream('lost'));
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    expect(await streamStore.find(database.sql, 'lost')).toBeUndefined();
  });

  test('transactions of two programs come one after the other', async () => {
    const other = await open();
    const before = await eventStore.nextRun(database);
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, index) => eventStore.nextRun(index % 2 ? database : other)),
    );
    expect(runs.sort((one, two) => one - two)).toEqual(runs.map((_, index) => before + 1 + index));
    await other.close();
  });

  test('a server that was away is used again', async () => {
    await server.stop();
    await expect(streamStore.all(database.sql)).rejects.toThrow();
    await expect(eventStore.nextRun(database)).rejects.toThrow();
    await server.start();
    expect(await streamStore.all(database.sql)).toHaveLength(2);
    expect(await eventStore.nextRun(database)).toBeGreaterThan(1);
  });

  test('an installation moves from SQLite, goes on there, and its backup is restored', async () => {
    await server.administer(
      `create database moved ${server.address.engine === 'postgres' ? 'owner nightjar' : ''}`,
    );
    const address = { ...server.address, name: 'moved' };
    await using old = await TestServer.start();
    await old.expect(201, 'POST', '/api/streams', {
      id: 'yard',
      source_url: 'rtsp://u:secret-9c@10.0.0.5/x',
    });
    await old.expect(201, 'POST', '/api/v1/users', { username: 'eve', role: 'admin', password: PASSWORD });
    const before = await everything(old);
    await old.close();

    const empty = await openServerDatabase({ address, now: at(0), lost: () => undefined });
    const copied = await copyInstallation(databaseFile(old.dataDir), empty, at(0));
    expect(copied.get('streams')).toBe(1);
    expect(copied.get('audit_log')).toBeGreaterThan(1);
    await expect(copyInstallation(databaseFile(old.dataDir), empty, at(0))).rejects.toThrow('not empty');
    await empty.close();

    const { password, ...database } = address;
    const config = `database: ${JSON.stringify(database)}`;
    const { dataDir, token: adminToken } = old;
    await using moved = await TestServer.start({ dataDir, config, adminToken, databasePassword: password });
    expect(await everything(moved)).toEqual(before);
    expect(await moved.access.authenticate(moved.token)).toBeDefined();
    const login = { username: 'eve', password: PASSWORD };
    await moved.expect(200, 'POST', '/api/v1/auth/login', login);
    const { job_id } = await moved.expect<{ job_id: string }>(202, 'POST', '/api/backup', {
      destination: 'b.tar.gz',
    });
    await jobEnds(moved, job_id);
    await moved.expect(204, 'DELETE', '/api/streams/yard');
    const restored = await moved.expect<{ job_id: string }>(202, 'POST', '/api/restore', {
      backup_file: 'b.tar.gz',
      restore_config: false,
    });
    await jobEnds(moved, restored.job_id);
    expect(await everything(moved)).toEqual(before);
  });
});
