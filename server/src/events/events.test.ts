import type { Fact } from '@nightjar/contract/link';
import { EVENT_TYPES, ManagerEvent } from '@nightjar/contract/manager';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLog } from '../kernel/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Events } from './events.ts';
import { eventOf } from './from-facts.ts';

const log = createLog({ level: 'silent', write: () => undefined });

async function open(database = openDatabase({ path: ':memory:', now: '' })) {
  return { database, events: await Events.open({ database, clock: new FakeClock(), log }) };
}

describe('the log of events', () => {
  test('numbers rise by one, and across restarts', async () => {
    const { database, events } = await open();
    events.publish({ type: 'system.engine_here' });
    events.publish({ type: 'system.engine_away' });
    const { events: kept } = events.after(events.lastId - 2);
    expect(kept.map(({ id }) => id)).toEqual([events.lastId - 1, events.lastId]);
    const again = await open(database);
    expect(again.events.lastId).toBeGreaterThan(events.lastId);
    await database.close();
  });

  test('answers what came after an id, and says when some is gone', async () => {
    const { database, events } = await open();
    const first = events.lastId;
    for (let n = 0; n < 2_500; n++) events.publish({ type: 'stream.updated', stream_id: `s${n}` });
    expect(events.after(events.lastId)).toMatchObject({ events: [], complete: true });
    expect(
      events.after(events.lastId - 3).events.map((event) => 'stream_id' in event && event.stream_id),
    ).toEqual(['s2497', 's2498', 's2499']);
    const late = events.after(first);
    expect(late).toMatchObject({ complete: false, oldestId: first + 501 });
    expect(late.events).toHaveLength(2_000);
    expect(events.after(first + 500)).toMatchObject({ complete: true });
    expect(events.after(events.lastId + 1).complete).toBe(false);
    expect(events.after(0).complete).toBe(false);
    await database.close();
  });

  test('a listener that throws does not hurt the others, and one that left hears nothing', async () => {
    const { database, events } = await open();
    const heard: string[] = [];
    events.listen(() => {
      throw new Error('no');
    });
    const leave = events.listen((event) => heard.push(event.type));
    events.publish({ type: 'system.engine_here' });
    leave();
    events.publish({ type: 'system.engine_away' });
    expect(heard).toEqual(['system.engine_here']);
    await database.close();
  });
});

describe('facts as events', () => {
  const at = '2024-01-15T10:30:00.000Z';
  const state = { kind: 'stream.state', stream_id: 'a', previous: 'connecting', at } as const;
  const recording = { kind: 'recording.state', stream_id: 'a', at } as const;
  const certificate = {
    kind: 'stream.certificate',
    stream_id: 'a',
    fingerprint: 'ab'.repeat(32),
    at,
  } as const;
  const segment = { stream_id: 'a', filename: 'x.mp4', start: at };
  const closed = {
    kind: 'segment.closed',
    ...segment,
    end: at,
    duration: 600,
    bytes: 9,
    recovered: false,
    reason: 'rotated',
  } as const;
  const table: [Fact, Record<string, unknown> | undefined][] = [
    [
      { ...state, state: 'connecting' },
      { type: 'stream.connecting', state: 'connecting' },
    ],
    [
      { ...state, state: 'ready' },
      { type: 'stream.ready', state: 'ready' },
    ],
    [
      { ...certificate, trusted: true },
      { type: 'stream.certificate_pinned', fingerprint: 'ab'.repeat(32), timestamp: at },
    ],
    [
      { ...certificate, trusted: false },
      { type: 'stream.certificate_changed', fingerprint: 'ab'.repeat(32), timestamp: at },
    ],
    [
      { ...state, state: 'live' },
      { type: 'stream.started', state: 'live', timestamp: at },
    ],
    [
      { ...state, state: 'stopped' },
      { type: 'stream.stopped', state: 'stopped' },
    ],
    [
      { ...state, state: 'reconnecting', fault: 'timeout', message: 'Connection timeout' },
      { type: 'stream.error', state: 'reconnecting', error: 'Connection timeout', fault: 'timeout' },
    ],
    [
      { ...state, state: 'connecting', fault: 'refused' },
      { type: 'stream.error', error: 'refused' },
    ],
    [
      { ...state, state: 'failed' },
      { type: 'stream.error', state: 'failed', fault: 'internal' },
    ],
    [
      { ...state, state: 'failed', fault: 'auth_failed', message: 'rtsp://u:p@h/ said no' },
      { error: 'rtsp://***:***@h/ said no' },
    ],
    [
      { ...recording, state: 'recording' },
      { type: 'recording.started', filename: 'now.mp4', timestamp: at },
    ],
    [{ ...recording, state: 'waiting' }, { type: 'recording.waiting' }],
    [{ ...recording, state: 'stopped' }, { type: 'recording.stopped' }],
    [
      { ...recording, state: 'failed', fault: 'storage_full', message: 'the disk is full' },
      { type: 'recording.failed', error: 'the disk is full', fault: 'storage_full' },
    ],
    [
      { kind: 'segment.opened', ...segment },
      { type: 'segment.opened', filename: 'x.mp4', start: at },
    ],
    [{ kind: 'segment.grown', ...segment, duration: 1, bytes: 1 }, undefined],
    [closed, { type: 'segment.closed', duration: 600, size: 9, reason: 'rotated', end: at }],
    [
      { kind: 'segment.deleted', stream_id: 'a', filename: 'x.mp4', reason: 'missing' },
      { type: 'segment.deleted', reason: 'missing' },
    ],
  ];
  const known = { currentFile: () => 'now.mp4', paused: () => false, isNews: () => true };

  test.each(table)('%j', (fact, expected) => {
    const event = eventOf(fact, known);
    if (expected === undefined) expect(event).toBeUndefined();
    else {
      expect(event).toMatchObject({ stream_id: 'a', ...expected });
      expect(ManagerEvent.safeParse({ timestamp: at, ...event, id: 1 }).error).toBeUndefined();
      expect(EVENT_TYPES).toContain(event?.type);
    }
  });

  test('what was known before is no event, and a pause is called one', () => {
    expect(eventOf(closed, { ...known, isNews: () => false })).toBeUndefined();
    const paused = eventOf({ ...recording, state: 'stopped' }, { ...known, paused: () => true });
    expect(paused?.type).toBe('recording.paused');
  });
});
