import { describe, expect, it } from 'vitest';
import type { StreamSummary } from '../api/types.ts';
import { type DetailRead, dueDetails } from './poll-plan.ts';
import { makeStream } from './testing.ts';

const failed = (id: string) => makeStream(id, { state: 'failed', status: 'error' });
const reads = (...entries: [string, number, StreamSummary['state']][]): Map<string, DetailRead> =>
  new Map(entries.map(([id, at, state]) => [id, { at, state }]));

describe('dueDetails', () => {
  const live = makeStream('live');
  const stopped = makeStream('stopped', { state: 'stopped', status: 'inactive' });

  it.each([
    ['nothing of streams that need no words', [live, stopped], reads(), null, 0, []],
    ['the selected one at once', [live, stopped], reads(), 'live', 0, ['live']],
    ['the selected one not again before 5 s', [live], reads(['live', 0, 'live']), 'live', 4999, []],
    ['the selected one after 5 s', [live], reads(['live', 0, 'live']), 'live', 5000, ['live']],
    ['a broken one at once', [live, failed('a')], reads(), null, 0, ['a']],
    ['a broken one not again before 15 s', [failed('a')], reads(['a', 0, 'failed']), null, 14_999, []],
    ['a broken one after 15 s', [failed('a')], reads(['a', 0, 'failed']), null, 15_000, ['a']],
    ['one whose state changed', [failed('a')], reads(['a', 0, 'reconnecting']), null, 1, ['a']],
    ['nothing of a selected one that is gone', [live], reads(), 'gone', 0, []],
  ] as const)('reads %s', (_, streams, read, selected, now, expected) => {
    expect(dueDetails(streams, read, selected, now)).toEqual(expected);
  });

  it('reads four new ones at most, and changes before refreshes', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map(failed);
    expect(dueDetails(six, reads(), null, 0)).toEqual(['a', 'b', 'c', 'd']);
    expect(dueDetails(six.slice(0, 2), reads(['a', 0, 'failed']), null, 99_000)).toEqual(['b']);
  });

  it('refreshes the one that waited longest beyond its time, one per round', () => {
    const three = [failed('a'), failed('b'), live];
    const at = reads(['a', 2000, 'failed'], ['b', 1000, 'failed'], ['live', 0, 'live']);
    expect(dueDetails(three, at, null, 20_000)).toEqual(['b']);
    expect(dueDetails(three, at, 'live', 20_000)).toEqual(['live']);
  });

  it('stays below thirty detail requests a minute however many cameras are broken', () => {
    const many = Array.from({ length: 200 }, (_, index) => failed(`cam-${index}`));
    const at = new Map<string, DetailRead>();
    let requests = 0;
    for (let now = 0; now < 400_000; now += 2000) {
      for (const id of dueDetails(many, at, 'cam-7', now)) {
        at.set(id, { at: now, state: 'failed' });
        if (now >= 100_000) requests += 1;
      }
    }
    expect(at.size).toBe(200);
    expect(requests / 5).toBeLessThanOrEqual(30);
  });
});
