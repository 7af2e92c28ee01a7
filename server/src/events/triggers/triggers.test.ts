import type { ManagerEvent } from '@nightjar/contract/manager';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { RecordingTriggers } from './triggers.ts';

const stamp = { id: 1, timestamp: '2026-01-02T03:04:05.000Z' };
const MOTION = 'RuleEngine/CellMotionDetector/Motion';
const notice = (data: Record<string, string>, more: object = {}): ManagerEvent => ({
  ...{ type: 'camera.notice', kind: 'change', ...stamp, stream_id: 'yard' },
  ...{ topic: MOTION, source: { Rule: 'a' }, data },
  ...more,
});
const alert = (type: 'alert.opened' | 'alert.resolved', alert_id: string): ManagerEvent => ({
  ...{ type, ...stamp, stream_id: 'yard', alert_id },
});

let clock: FakeClock;
let kept: [string, number][];
let on: string[];
let triggers: RecordingTriggers;
beforeEach(() => {
  clock = new FakeClock();
  kept = [];
  on = ['camera.notice', 'alert.opened'];
  triggers = new RecordingTriggers({
    clock,
    eventsOf: (id) => (id === 'yard' ? { on, before: 5, after: 10 } : undefined),
    keep: (streamId, seconds) => kept.push([streamId, seconds]),
  });
});
const seconds = () => kept.map(([, each]) => each);

describe('what is kept of a stream', () => {
  it.each<[string, readonly ManagerEvent[], readonly number[]]>([
    ['something happens', [notice({ Ring: 'pressed' })], [10]],
    ['motion begins', [notice({ IsMotion: 'true' })], [600]],
    ['motion begins and ends', [notice({ IsMotion: 'true' }), notice({ IsMotion: 'false' })], [600, 10]],
    ['it is said that there is none', [notice({ IsMotion: 'false' })], []],
    ['there is some when we begin to listen', [notice({ State: '1' }, { kind: 'state' })], [600]],
    ['a state that says nothing of it', [notice({ Level: 'x' }, { kind: 'state' })], []],
    [
      'one of two rules ends',
      [
        notice({ IsMotion: 'true' }),
        notice({ IsMotion: 'true' }, { source: { Rule: 'b' } }),
        notice({ IsMotion: 'false' }),
        notice({ IsMotion: 'false' }, { source: { Rule: 'b' } }),
      ],
      [600, 600, 600, 10],
    ],
    ['an alert', [alert('alert.opened', 'a'), alert('alert.resolved', 'a')], [600, 10]],
    ['an alert of before', [alert('alert.resolved', 'b')], []],
    ['a bell while there is motion', [notice({ IsMotion: 'true' }), notice({ Ring: 'x' })], [600, 600]],
    ['another stream', [notice({ IsMotion: 'true' }, { stream_id: 'door' })], []],
    ['what concerns no stream', [{ type: 'system.engine_here', ...stamp }], []],
    ['what nobody asked for', [{ type: 'stream.started', state: 'live', ...stamp, stream_id: 'yard' }], []],
  ])('%s', (_what, events, expected) => {
    for (const event of events) triggers.observe(event);
    expect(seconds()).toEqual(expected);
  });

  it('only what was asked for', () => {
    on = ['alert.opened'];
    triggers.observe(notice({ IsMotion: 'true' }));
    expect(seconds()).toEqual([]);
    on = ['camera.notice'];
    triggers.observe(alert('alert.opened', 'a'));
    expect(seconds()).toEqual([]);
  });

  it('motion whose end was never told is forgotten', () => {
    triggers.observe(notice({ IsMotion: 'true' }));
    clock.advance(601_000);
    triggers.observe(notice({ Ring: 'x' }));
    expect(seconds()).toEqual([600, 10]);
  });
});

it('an engine that comes is told what is left', () => {
  triggers.observe(notice({ IsMotion: 'true' }));
  clock.advance(100_000);
  triggers.engineHere();
  clock.advance(501_000);
  triggers.engineHere();
  expect(seconds()).toEqual([600, 500]);
});
