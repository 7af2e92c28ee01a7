// house: doors exempt because every store answers on each database, and stores stay behind their rooms' doors

import type { Bookmark } from '../../bookmarks/bookmark.ts';
import { bookmarkStore } from '../../bookmarks/store.ts';
import type { Sql } from '../../database/index.ts';
import { keyStore } from '../../idempotency/store.ts';
import type { Job } from '../../jobs/job.ts';
import { jobStore } from '../../jobs/store.ts';
import { originalsStore } from '../../privacy/originals-store.ts';
import type { Segment } from '../../recordings/segment.ts';
import { segmentStore } from '../../recordings/store.ts';
import { distantStore } from '../../recordings/tiers/distant-store.ts';
import { type Move, tierStore } from '../../recordings/tiers/store.ts';
import type { Snapshot } from '../../snapshots/snapshot.ts';
import { snapshotStore } from '../../snapshots/store.ts';
import { at, byId, ODD, type Tour } from './step.ts';

const common = (second: number) => ({
  ...{ createdBy: ODD, owner: 'person:p1', status: 'pending' as const, error: null, version: 1 },
  ...{ createdAt: at(second), updatedAt: at(second) },
});
const bookmark = (id: string, second: number, rest: Partial<Bookmark> = {}): Bookmark => ({
  ...{ id, streamId: 'Yard', source: 'live', centerAt: at(second), beforeSeconds: 2.5, afterSeconds: 5 },
  ...{ label: ODD, eventType: null, confidence: 0.5, tags: [ODD, 'a'], clip: null, thumbnail: false },
  ...common(second),
  ...rest,
});
const snapshot = (id: string, second: number): Snapshot => ({
  ...{
    id,
    streamId: 'Yard',
    source: 'historical',
    wantedAt: at(second),
    metadata: { a: ODD },
    picture: null,
  },
  ...common(second),
});
const job = (id: string, second: number, rest: Partial<Job> = {}): Job => ({
  ...{ id, kind: 'export', state: 'waiting', progress: 0, owner: 'person:p1', streamId: 'Yard' },
  ...{ request: { a: [ODD] }, result: null, error: null, createdAt: at(second), dueAt: at(second) },
  ...{ startedAt: null, endedAt: null },
  ...rest,
});
const original = (id: string, second: number) => ({
  ...{ id, public_half: 'A'.repeat(43), private_sealed: ODD, created_at: at(second) },
});
const ended = (id: string, second: number): Job =>
  job(id, second, { state: 'completed', progress: 100, result: { b: ODD }, endedAt: at(second) });
const key = { owner: 'person:p1', key: ODD, request: 'ab'.repeat(32) };
const move = (filename: string, rest: Partial<Move> = {}): Move => ({
  ...{
    streamId: 'Yard',
    filename,
    from: 'hot',
    to: 'cold',
    reason: 'age',
    askedAt: at(1),
    staysUntil: at(9),
  },
  ...rest,
});
const segment = (filename: string, second: number, tier: Segment['tier']): Segment => ({
  ...{ streamId: 'Yard', filename, startAt: at(second), endAt: at(second + 1), duration: 1, bytes: 7 },
  ...{ recovered: false, closeReason: 'rotation', protected: false, tier },
});
const clip = { startAt: at(1), endAt: at(2), duration: 0.96, bytes: 5_000_000_000, sha256: 'cd'.repeat(32) };
const page = { limit: 10, offset: 0 };

/** What is kept of streams, the work that is done for it, and files between tiers. */
export const captures: Tour = {
  bookmarks: [
    (sql) => bookmarkStore.insert(sql, bookmark('b1', 1)),
    (sql) => bookmarkStore.insert(sql, bookmark('b2', 2, { eventType: ODD, confidence: 0.9 })),
    (sql) => bookmarkStore.insert(sql, bookmark('b3', 3, { streamId: 'yard', tags: [] })),
    (sql) => bookmarkStore.unsettled(sql).then(byId),
    (sql) => bookmarkStore.processing(sql, 'b1', at(4)),
    (sql) => bookmarkStore.ready(sql, 'b1', { clip, thumbnail: true, at: at(5) }),
    (sql) => bookmarkStore.ready(sql, 'none', { clip, thumbnail: true, at: at(5) }),
    (sql) => bookmarkStore.failed(sql, 'b2', ODD, at(5)),
    (sql) => bookmarkStore.find(sql, 'b1'),
    (sql) => bookmarkStore.find(sql, 'B1'),
    async (sql) => {
      const about = { label: 'x', eventType: 'y', confidence: null, tags: ['z'], at: at(6) };
      const change = (version: number) => bookmarkStore.update(sql, { id: 'b1', version }, about);
      return [await change(2), await change(2), await change(9)];
    },
    ...[
      {},
      { eventType: ODD },
      { createdBy: ODD, status: 'ready' },
      { tag: 'z' },
      { minConfidence: 0.6 },
      { from: at(2), to: at(2) },
      { limit: 1, offset: 1 },
    ].map(
      (asked) => (sql: Parameters<typeof bookmarkStore.list>[0]) =>
        bookmarkStore.list(sql, { streamId: 'Yard', ...page, ...asked }),
    ),
    (sql) => bookmarkStore.idsOf(sql, 'Yard').then((ids) => ids.toSorted()),
    (sql) => bookmarkStore.remove(sql, 'b1'),
    (sql) => bookmarkStore.remove(sql, 'b1'),
  ],
  snapshots: [
    (sql) => snapshotStore.insert(sql, snapshot('s1', 1)),
    (sql) => snapshotStore.insert(sql, snapshot('s2', 2)),
    (sql) => snapshotStore.unsettled(sql).then(byId),
    (sql) => snapshotStore.processing(sql, 's1', at(3)),
    (sql) => snapshotStore.ready(sql, 's1', { takenAt: at(1), bytes: 9 }, at(4)),
    (sql) => snapshotStore.ready(sql, 'none', { takenAt: at(1), bytes: 9 }, at(4)),
    (sql) => snapshotStore.failed(sql, 's2', ODD, at(4)),
    (sql) => snapshotStore.find(sql, 's1'),
    (sql) => snapshotStore.list(sql, { streamId: 'Yard', ...page }),
    (sql) => snapshotStore.list(sql, { streamId: 'Yard', status: 'ready', from: at(1), to: at(1), ...page }),
    (sql) => snapshotStore.idsOf(sql, 'Yard').then((ids) => ids.toSorted()),
    (sql) => snapshotStore.remove(sql, 's1'),
    (sql) => snapshotStore.remove(sql, 's1'),
  ],
  jobs: [
    (sql) => jobStore.insert(sql, job('j1', 1)),
    (sql) => jobStore.insert(sql, job('j2', 2, { streamId: 'gone', kind: 'bookmark' })),
    (sql) => jobStore.insert(sql, job('j3', 3, { streamId: null })),
    (sql) => jobStore.begun(sql, 'j1', at(4)),
    (sql) => jobStore.progressed(sql, 'j1', 45),
    (sql) => jobStore.progressed(sql, 'j2', 45),
    (sql) => jobStore.open(sql),
    (sql) => jobStore.again(sql, 'j1'),
    (sql) => jobStore.find(sql, 'j1'),
    (sql) => jobStore.ofOthers(sql, new Set(['Yard'])),
    (sql) => jobStore.ended(sql, ended('j1', 5)),
    (sql) => jobStore.ended(sql, ended('j3', 6)),
    (sql) => jobStore.list(sql, { owner: 'person:p1', kind: 'export', state: 'completed', ...page }),
    (sql) => jobStore.list(sql, { limit: 1, offset: 1 }),
    (sql) => jobStore.prune(sql, at(0), 1),
    (sql) => jobStore.list(sql, page),
    (sql) => jobStore.prune(sql, at(60), 5),
    (sql) => jobStore.remove(sql, 'j2'),
    (sql) => jobStore.list(sql, page),
  ],
  'keys of originals': [
    (sql) => originalsStore.list(sql),
    (sql) => originalsStore.add(sql, original('o1', 1)),
    (sql) => originalsStore.add(sql, original('o2', 2)),
    (sql) => originalsStore.list(sql),
    (sql) => originalsStore.find(sql, 'o1'),
    (sql) => originalsStore.find(sql, 'none'),
    (sql) => segmentStore.put(sql, segment('o.mp4', 30, 'hot')),
    (sql) => segmentStore.put(sql, segment('o.mp4.sealed', 30, 'hot')),
    ...[true, false, undefined].flatMap((originals) => [
      (sql: Sql) => segmentStore.find(sql, { streamId: 'Yard', originals, limit: 9, offset: 0 }),
      (sql: Sql) => segmentStore.totals(sql, { streamId: 'Yard', originals }),
    ]),
    (sql) => segmentStore.remove(sql, 'Yard', ['o.mp4', 'o.mp4.sealed']),
  ],
  'idempotency keys': [
    (sql) => keyStore.take(sql, key, at(1)),
    (sql) => keyStore.take(sql, key, at(2)),
    (sql) => keyStore.take(sql, { ...key, owner: 'person:p2' }, at(2)),
    (sql) => keyStore.giveBack(sql, { ...key, owner: 'person:p2' }),
    (sql) => keyStore.take(sql, { ...key, owner: 'person:p2' }, at(3)),
    (sql) => keyStore.made(sql, key, 'b1'),
    (sql) => keyStore.giveBack(sql, key),
    (sql) => keyStore.find(sql, key),
    (sql) => keyStore.forgetUnmade(sql),
    (sql) => keyStore.find(sql, { ...key, owner: 'person:p2' }),
    (sql) => keyStore.forget(sql, at(60)),
    (sql) => keyStore.find(sql, key),
  ],
  tiers: [
    (sql) => segmentStore.put(sql, segment('t1.mp4', 30, 'hot')),
    (sql) => segmentStore.put(sql, segment('t2.mp4', 32, 'hot')),
    (sql) => tierStore.ask(sql, [move('t1.mp4'), move('t2.mp4', { askedAt: at(2) }), move('lost.mp4')]),
    (sql) => tierStore.ask(sql, [move('t1.mp4', { to: 'archived' })]),
    (sql) => tierStore.ask(sql, [move('t2.mp4', { to: 'archived', reason: 'asked' })]),
    (sql) => tierStore.forgetLost(sql),
    (sql) => tierStore.next(sql, 'cold'),
    (sql) => tierStore.arrived(sql, move('t2.mp4'), 'ab'),
    (sql) => tierStore.arrived(sql, move('t1.mp4'), 'ab'),
    (sql) => tierStore.leaves(sql, move('t1.mp4')),
    (sql) => tierStore.next(sql, 'hot'),
    (sql) => tierStore.givenUp(sql, move('t2.mp4'), ODD),
    (sql) => tierStore.next(sql, 'archived'),
    (sql) =>
      tierStore.overview(sql).then(({ held, queued }) => ({
        held: held.toSorted((one, other) => (one.tier < other.tier ? -1 : 1)),
        queued,
      })),
    (sql) => distantStore.tierOf(sql, 'Yard', 't1.mp4'),
    (sql) => distantStore.tierOf(sql, 'Yard', 'none.mp4'),
    (sql) => distantStore.around(sql, { streamId: 'Yard', from: at(20), to: at(40) }),
    (sql) => distantStore.around(sql, { streamId: 'Yard', from: at(40), to: at(50) }),
    (sql) => distantStore.forgetHot(sql, 'Yard', 't1.mp4'),
    (sql) => distantStore.forgetHot(sql, 'Yard', 't2.mp4'),
    (sql) => tierStore.done(sql, move('t1.mp4')),
    (sql) => tierStore.leaves(sql, move('t1.mp4')),
    (sql) => tierStore.done(sql, move('t2.mp4')),
    ...[1, 2].map(
      (bytes) => (sql: Parameters<typeof tierStore.addRemoval>[0]) =>
        tierStore.addRemoval(sql, {
          tier: 'cold',
          streamId: 'gone',
          filename: 'x.mp4',
          bytes,
          reason: 'age',
        }),
    ),
    (sql) => tierStore.next(sql, 'cold'),
    (sql) => tierStore.removed(sql, { tier: 'cold', streamId: 'gone', filename: 'x.mp4' }),
    (sql) => tierStore.next(sql, 'cold'),
    (sql) => segmentStore.remove(sql, 'Yard', ['t1.mp4']),
  ],
};
