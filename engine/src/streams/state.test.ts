import { StreamState } from '@nightjar/contract';
import { describe, expect, it } from 'vitest';
import { type StateChange, StreamLifeCycle } from './state.ts';

/** A way from `stopped` to each state. */
const WAYS: Readonly<Record<StreamState, readonly StreamState[]>> = {
  stopped: [],
  connecting: ['connecting'],
  ready: ['connecting', 'ready'],
  live: ['connecting', 'ready', 'live'],
  reconnecting: ['connecting', 'ready', 'live', 'reconnecting'],
  failed: ['connecting', 'failed'],
};

const ALLOWED = new Set([
  'stopped connecting',
  'connecting connecting',
  'connecting ready',
  'connecting failed',
  'connecting stopped',
  'ready live',
  'ready connecting',
  'ready reconnecting',
  'ready failed',
  'ready stopped',
  'live reconnecting',
  'live failed',
  'live stopped',
  'reconnecting reconnecting',
  'reconnecting ready',
  'reconnecting connecting',
  'reconnecting failed',
  'reconnecting stopped',
  'failed connecting',
  'failed stopped',
]);

const PAIRS = StreamState.options.flatMap((from) => StreamState.options.map((to) => [from, to] as const));

describe('the life cycle of a stream', () => {
  it.each(PAIRS)('from %s to %s', (from, to) => {
    const changes: StateChange[] = [];
    const lifeCycle = new StreamLifeCycle((change) => changes.push(change));
    for (const step of WAYS[from]) lifeCycle.move(step);
    expect(lifeCycle.state).toBe(from);
    changes.length = 0;
    if (ALLOWED.has(`${from} ${to}`)) {
      lifeCycle.move(to, { fault: 'timeout', message: 'why' });
      expect(lifeCycle.state).toBe(to);
      expect(changes).toEqual([{ state: to, previous: from, fault: 'timeout', message: 'why' }]);
    } else {
      expect(() => lifeCycle.move(to)).toThrow(`cannot go from ${from} to ${to}`);
      expect(lifeCycle.state).toBe(from);
      expect(changes).toEqual([]);
    }
  });
});
