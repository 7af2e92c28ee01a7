import { describe, expect, it } from 'vitest';
import type { StreamSummary } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { announcements, outageOf } from './stream-state.ts';
import { makeDetail, makeStream } from './testing.ts';

const error = (code: 'timeout' | 'auth_failed', at: string) => ({
  code,
  message: 'text for experts',
  timestamp: `2026-01-15T${at}.000Z`,
});

describe('outageOf', () => {
  const stream = makeStream('a', { state: 'reconnecting', status: 'error' });

  it('says what to expect while the details are not known', () => {
    expect(outageOf('reconnecting', undefined)).toEqual({
      reason: t.stateReason.reconnecting,
      outlook: '',
      since: null,
    });
  });

  it('gives the newest reason and the first time since it was connected', () => {
    const detail = makeDetail(stream, {
      last_connected: '2026-01-15T10:00:00.000Z',
      errors: [error('auth_failed', '10:20:00'), error('timeout', '10:10:00'), error('timeout', '09:00:00')],
    });
    expect(outageOf('reconnecting', detail)).toEqual({
      reason: t.fault.auth_failed,
      outlook: t.stateReason.reconnecting,
      since: '2026-01-15T10:10:00.000Z',
    });
  });

  it('counts every problem of a camera that never answered', () => {
    const detail = makeDetail(stream, {
      errors: [error('timeout', '10:20:00'), error('timeout', '09:00:00')],
    });
    expect(outageOf('failed', detail).since).toBe('2026-01-15T09:00:00.000Z');
  });

  it('does not blame old problems for a stop by hand or for a new connection', () => {
    const old = makeDetail(stream, {
      last_connected: '2026-01-15T11:00:00.000Z',
      errors: [error('timeout', '10:20:00')],
    });
    expect(outageOf('stopped', makeDetail(stream, { errors: [error('timeout', '10:20:00')] }))).toEqual({
      reason: t.stateReason.stopped,
      outlook: '',
      since: null,
    });
    expect(outageOf('connecting', old).reason).toBe(t.stateReason.connecting);
  });
});

describe('announcements', () => {
  const at = (state: StreamSummary['state'], id = 'a') => makeStream(id, { state });

  it.each([
    ['connecting', 'live', [t.wall.becameLive('a')]],
    ['live', 'reconnecting', [t.wall.wentOffline('a')]],
    ['live', 'failed', [t.wall.wentOffline('a')]],
    ['live', 'stopped', [t.wall.stopped('a')]],
    ['reconnecting', 'failed', []],
    ['live', 'live', []],
  ] as const)('from %s to %s', (before, after, expected) => {
    expect(announcements([at(before)], [at(after)])).toEqual(expected);
  });

  it('is silent about cameras that are new or gone', () => {
    expect(announcements([at('live', 'gone')], [at('live', 'new')])).toEqual([]);
  });
});
