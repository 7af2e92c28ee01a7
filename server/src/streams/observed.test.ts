import type { StreamState } from '@nightjar/contract';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { type Command, Observed } from './observed.ts';

const T0 = '2024-01-15T10:00:00.000Z';
const T1 = '2024-01-15T10:00:01.000Z';
const hello = (state: StreamState) => [{ id: 'yard', state, since: T0, tracks: [] }];
const fact = (state: StreamState, at = T1) =>
  ({ kind: 'stream.state', stream_id: 'yard', state, previous: 'stopped', at }) as const;

describe('the state to show', () => {
  test.each([
    ['before the first hello', true, 'connecting', () => undefined],
    ['before the first hello, told to stop', false, 'stopped', () => undefined],
    ['new to the engine', true, 'connecting', (seen: Observed) => seen.hello([])],
    ['told to stop, unknown to the engine', false, 'stopped', (seen: Observed) => seen.hello([])],
    ['seen by the engine', true, 'live', (seen: Observed) => seen.hello(hello('live'))],
    [
      'the engine is away',
      true,
      'reconnecting',
      (seen: Observed) => {
        seen.hello(hello('live'));
        seen.away();
      },
    ],
    [
      'the engine is away, told to stop',
      false,
      'stopped',
      (seen: Observed) => {
        seen.hello(hello('live'));
        seen.away();
      },
    ],
    ['an engine that never came is not away', true, 'connecting', (seen: Observed) => seen.away()],
    [
      'a newer fact',
      true,
      'failed',
      (seen: Observed) => {
        seen.hello(hello('live'));
        seen.apply(fact('failed'));
      },
    ],
    [
      'an older fact',
      true,
      'live',
      (seen: Observed) => {
        seen.hello(hello('live'));
        seen.apply(fact('failed', '2024-01-15T09:59:59.000Z'));
      },
    ],
  ] as const)('%s', (_what, running, state, happen) => {
    const seen = new Observed(new FakeClock());
    happen(seen);
    expect(seen.state('yard', running)).toBe(state);
  });
});

describe('a command', () => {
  test.each([
    ['stop', 'live', 'reconnecting', true],
    ['stop', 'live', 'stopped', false],
    ['start', 'stopped', 'stopped', true],
    ['start', 'stopped', 'connecting', false],
    ['restart', 'live', 'connecting', false],
  ] as const)('%s on %s, then %s: pending %s', (command: Command, before, after, pending) => {
    const seen = new Observed(new FakeClock());
    seen.hello(hello(before));
    seen.commanded('yard', command);
    expect(seen.pending('yard')).toBe(command);
    seen.apply(fact(after));
    expect(seen.pending('yard')).toBe(pending ? command : undefined);
  });

  test('is not waited for without an engine, for ever, or for what is already so', () => {
    const clock = new FakeClock();
    const seen = new Observed(clock);
    seen.commanded('yard', 'stop');
    expect(seen.pending('yard')).toBeUndefined();
    seen.hello(hello('stopped'));
    seen.commanded('yard', 'stop');
    expect(seen.pending('yard')).toBeUndefined();
    seen.commanded('yard', 'start');
    clock.advance(10_000);
    expect(seen.pending('yard')).toBe('start');
    clock.advance(1);
    expect(seen.pending('yard')).toBeUndefined();
    seen.commanded('yard', 'start');
    seen.away();
    expect(seen.pending('yard')).toBeUndefined();
  });
});

test('a sample grows stale', () => {
  const clock = new FakeClock();
  const seen = new Observed(clock);
  const metrics = { viewers: 1 } as never;
  seen.sample([{ stream_id: 'yard', metrics }]);
  clock.advance(10_000);
  expect(seen.metrics('yard')).toBe(metrics);
  clock.advance(1);
  expect(seen.metrics('yard')).toBeUndefined();
});
