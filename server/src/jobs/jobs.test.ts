import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { createLog, DomainError } from '../kernel/index.ts';
import { FakeClock } from '../testing/index.ts';
import type { JobKind } from './job.ts';
import { Jobs } from './jobs.ts';

const log = createLog({ level: 'silent', write: () => undefined });
const LONG = 3_600_000;

let database: Database;
let clock: FakeClock;
let told: string[];
const open: Jobs[] = [];

beforeEach(() => {
  database = openDatabase({ path: ':memory:', now: '' });
  clock = new FakeClock();
  told = [];
});
afterEach(async () => {
  for (const jobs of open.splice(0)) await jobs.close();
  await database.close();
});

async function started(kinds: Record<string, Partial<JobKind>>): Promise<Jobs> {
  const jobs = new Jobs({
    database,
    clock,
    log,
    happened: ({ type, job_id }) => told.push(`${type} ${job_id.split('-')[0]}`),
  });
  open.push(jobs);
  for (const [kind, how] of Object.entries(kinds))
    jobs.define(kind, { concurrency: 1, resumable: true, run: async () => undefined, ...how });
  await jobs.start();
  return jobs;
}

const owner = 'person:p1';
/** Runs until it is cancelled. */
const endless: JobKind['run'] = (_job, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('jobs', () => {
  test('are done, with what came of it and how they went', async () => {
    const jobs = await started({
      sum: {
        run: async (job, { progress }) => {
          progress(50);
          return { total: (job.request as number[]).reduce((a, b) => a + b) };
        },
      },
    });
    const { id } = await jobs.begin({ kind: 'sum', owner, request: [1, 2, 3] });
    expect(await jobs.settled(id, LONG)).toMatchObject({
      ...{ state: 'completed', progress: 100, result: { total: 6 }, error: null, owner },
      ...{ startedAt: expect.any(String), endedAt: expect.any(String) },
    });
    expect(told).toEqual(['job.started sum', 'job.completed sum']);
  });

  test.each([
    [new DomainError('NOT_FOUND', 'no footage'), 'no footage'],
    [new Error('EACCES: /secret/path'), 'an internal error ended the job'],
  ])('that fail say why, and nothing of the inside: %s', async (error, words) => {
    const jobs = await started({ bad: { run: () => Promise.reject(error) } });
    const { id } = await jobs.begin({ kind: 'bad', owner, request: null });
    expect(await jobs.settled(id, LONG)).toMatchObject({ state: 'failed', error: words });
    expect(told).toContain('job.failed bad');
  });

  test('run so many at a time of each kind, and no job of another kind waits for them', async () => {
    const gates: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const jobs = await started({
      slow: {
        concurrency: 2,
        run: async () => {
          now++;
          most = Math.max(most, now);
          await new Promise<void>((resolve) => gates.push(resolve));
          now--;
        },
      },
      quick: {},
    });
    const slow = [];
    for (let i = 0; i < 5; i++) slow.push(await jobs.begin({ kind: 'slow', owner, request: i }));
    const quick = await jobs.begin({ kind: 'quick', owner, request: null });
    expect((await jobs.settled(quick.id, LONG)).state).toBe('completed');
    for (const { id } of slow) {
      await expect.poll(() => gates.length).toBeGreaterThan(0);
      gates.shift()!();
      await expect.poll(async () => (await jobs.get(id)).state).toBe('completed');
    }
    expect(most).toBe(2);
  });

  test('are not begun before they are due', async () => {
    let begun = 0;
    const jobs = await started({ later: { run: async () => void begun++ } });
    const { id } = await jobs.begin({ kind: 'later', owner, request: null, due: clock.utc() + 5_000 });
    clock.advance(4_999);
    expect(begun).toBe(0);
    expect((await jobs.get(id)).state).toBe('waiting');
    clock.advance(1);
    expect((await jobs.settled(id, LONG)).state).toBe('completed');
    expect(begun).toBe(1);
  });

  test('that wait or run are cancelled; those that have ended stay as they are', async () => {
    const ended: string[] = [];
    const jobs = await started({
      long: { run: endless, ended: async ({ state }) => void ended.push(state) },
    });
    const running = await jobs.begin({ kind: 'long', owner, request: 1 });
    const waiting = await jobs.begin({ kind: 'long', owner, request: 2 });
    await expect.poll(async () => (await jobs.get(running.id)).state).toBe('running');
    expect((await jobs.cancel(waiting.id)).state).toBe('cancelled');
    expect((await jobs.cancel(running.id)).state).toBe('cancelled');
    expect((await jobs.cancel(running.id)).state).toBe('cancelled');
    expect(ended).toEqual(['cancelled', 'cancelled']);
    await expect(jobs.cancel('long-0')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that a restart interrupts are done anew, or have failed by it where that cannot be', async () => {
    const before = await started({
      again: { run: endless },
      once: { run: endless, resumable: false },
      gone: { run: endless },
    });
    const ids: Record<string, string> = {};
    for (const kind of ['again', 'once', 'gone'])
      ids[kind] = (await before.begin({ kind, owner, request: kind })).id;
    const later = await before.begin({ kind: 'once', owner, request: 'later', due: clock.utc() + 60_000 });
    for (const id of Object.values(ids))
      await expect.poll(async () => (await before.get(id)).state).toBe('running');
    await before.close();
    expect((await before.get(ids['again']!)).state).toBe('running');
    const after = await started({
      again: { run: async () => 'done' },
      once: { run: async () => 'done', resumable: false },
    });
    expect(await after.settled(ids['again']!, LONG)).toMatchObject({ state: 'completed', result: 'done' });
    for (const kind of ['once', 'gone']) {
      expect(await after.get(ids[kind]!)).toMatchObject({
        state: 'failed',
        error: 'the program ended while it was under way',
      });
    }
    clock.advance(60_000);
    expect((await after.settled(later.id, LONG)).state).toBe('completed');
  });

  test('are listed by owner, kind and state, the newest first, and old ones forgotten', async () => {
    const jobs = await started({ a: {}, b: { run: () => Promise.reject(new Error('no')) } });
    for (const [kind, whose] of [
      ['a', owner],
      ['b', owner],
      ['a', 'person:p2'],
    ] as const) {
      clock.advance(1_000);
      const { id } = await jobs.begin({ kind, owner: whose, request: null });
      await jobs.settled(id, LONG);
    }
    const all = { limit: 50, offset: 0 };
    const kinds = async (query: object) =>
      (await jobs.list({ ...all, ...query })).jobs.map(({ kind }) => kind);
    expect(await kinds({ owner })).toEqual(['b', 'a']);
    expect(await kinds({ state: 'failed' })).toEqual(['b']);
    expect(await jobs.list({ ...all, kind: 'a', limit: 1 })).toMatchObject({
      total: 2,
      jobs: [{ kind: 'a' }],
    });
    clock.advance(8 * 86_400_000);
    await expect.poll(async () => (await jobs.list(all)).total).toBe(0);
  });
});
