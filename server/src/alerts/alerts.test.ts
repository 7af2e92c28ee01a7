import { ALL_SCOPES, type StreamState } from '@nightjar/contract';
import { CreateAlertRule } from '@nightjar/contract/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CameraView } from '../cameras/index.ts';
import { openDatabase } from '../database/index.ts';
import { createLog, type Principal } from '../kernel/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Alerts } from './alerts.ts';
import type { Notification } from './notifications/index.ts';
import { isQuiet } from './quiet-hours.ts';
import { AlertRules } from './rules.ts';
import { AlertWatch } from './watch.ts';

const log = createLog({ level: 'silent', write: () => undefined });
const ADMIN: Principal = { kind: 'person', id: 'admin', name: 'admin', scopes: ALL_SCOPES, reach: 'all' };

function setUp() {
  const clock = new FakeClock();
  const database = openDatabase({ path: ':memory:', now: '' });
  const told: { channels: readonly string[]; notification: Notification }[] = [];
  const world = {
    states: new Map<string, StreamState>([['yard', 'live']]),
    fps: 25,
    recording: 'recording',
    disk: { used: 10, total: 100 },
    refused: 0,
    owner: ADMIN as Principal | undefined,
  };
  const base = { database, clock, log };
  const alerts = new Alerts({
    ...base,
    notify: async (channels, notification) => void told.push({ channels, notification }),
    happened: () => undefined,
  });
  const rules = new AlertRules({ ...base, channel: async () => undefined });
  const streamOf = (id: string, state: StreamState) => ({
    state,
    metrics: { framerate: { current: world.fps }, bitrate: { current: 1_000_000 } },
    stream: {
      ...{ id, running: true, onDemand: { enabled: false } },
      ...{ recording: { enabled: true }, session: { paused: false } },
    },
  });
  const view = (id: string, state: StreamState) =>
    ({
      camera: { id, name: `The ${id}` },
      main: streamOf(id, state),
      streams: [streamOf(id, state)],
    }) as unknown as CameraView;
  const watch = new AlertWatch({
    ...{ clock, log, rules, alerts },
    cameras: async () => [...world.states].map(([id, state]) => view(id, state)),
    recordingOf: () => world.recording,
    disk: async () => world.disk,
    refusedSignIns: async () => world.refused,
    standing: async () => world.owner,
  });
  /** Lets seconds pass and looks at each fifth. */
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n += 5) {
      clock.advance(5_000);
      await watch.look();
    }
  };
  const rule = (settings: object) =>
    rules.create(ADMIN, CreateAlertRule.parse({ name: 'Rule', channel_ids: ['one'], ...settings }));
  const events = () => told.map(({ notification }) => notification.event);
  return { ...{ clock, database, told, world, alerts, rules, watch, pass, rule, events } };
}

let room: ReturnType<typeof setUp>;
beforeEach(() => {
  room = setUp();
});
afterEach(async () => {
  await room.watch.close();
  await room.database.close();
});

describe('what is seen', () => {
  test.each([
    [
      'camera_offline',
      { for_seconds: 0 },
      () => {
        room.world.states.set('yard', 'reconnecting');
      },
      'The yard: offline (reconnecting)',
    ],
    [
      'recording_failed',
      {},
      () => {
        room.world.recording = 'failed';
      },
      'The yard: the recording has failed',
    ],
    [
      'recording_gap',
      { for_seconds: 0 },
      () => {
        room.world.recording = 'waiting';
      },
      'The yard: nothing is being recorded',
    ],
    [
      'storage_low',
      { for_seconds: 0 },
      () => {
        room.world.disk = { used: 95, total: 100 };
      },
      'storage: 5.0 % are free',
    ],
    [
      'stream_quality',
      { min_fps: 10, for_seconds: 0 },
      () => {
        room.world.fps = 4;
      },
      'The yard: poor quality: 4.0 fps',
    ],
    [
      'sign_in',
      { failures: 3 },
      () => {
        room.world.refused = 3;
      },
      '3 sign-ins were refused within 300 s',
    ],
  ])('%s', async (kind, thresholds, happens, body) => {
    await room.rule({ kind, thresholds });
    await room.pass(10);
    expect(room.told).toEqual([]);
    happens();
    await room.pass(10);
    expect(room.told.map(({ notification }) => notification.body)).toEqual([body]);
    expect(await room.alerts.active()).toMatchObject([
      { kind, message: body, notifiedAt: expect.any(String) },
    ]);
  });

  test('a detection, once for each that is told of', async () => {
    await room.rule({ kind: 'detection', cool_down_seconds: 0 });
    const topic = 'RuleEngine/CellMotionDetector/Motion';
    room.watch.detected({ streamId: 'yard', topic, text: topic });
    room.watch.detected({ streamId: 'elsewhere', topic, text: topic });
    await room.pass(10);
    expect(room.told.map(({ notification }) => notification.body)).toEqual([`The yard: ${topic}`]);
    expect(await room.alerts.active()).toEqual([]);
  });

  test('only after it has held for as long as the rule asks', async () => {
    await room.rule({ kind: 'camera_offline', thresholds: { for_seconds: 30 } });
    room.world.states.set('yard', 'reconnecting');
    await room.pass(25);
    room.world.states.set('yard', 'live');
    await room.pass(5);
    room.world.states.set('yard', 'reconnecting');
    await room.pass(30);
    expect(room.events()).toEqual([]);
    await room.pass(10);
    expect(room.events()).toEqual(['opened']);
  });

  test('of what the owner may see now, and of the rule’s cameras', async () => {
    room.world.states.set('lane', 'failed').set('yard', 'failed');
    await room.rule({ kind: 'camera_offline', thresholds: { for_seconds: 0 }, camera_ids: ['yard', 'gate'] });
    room.world.owner = { ...ADMIN, reach: new Map([['lane', null]]) };
    await room.pass(10);
    expect(room.events()).toEqual([]);
    room.world.owner = { ...ADMIN, reach: new Map([['yard', null]]) };
    await room.pass(10);
    expect(room.told.map(({ notification }) => notification.camera?.id)).toEqual(['yard']);
    room.world.owner = undefined;
    await room.pass(10);
    expect(await room.alerts.active()).toEqual([]);
  });
});

describe('who is told, and when', () => {
  const offline = { kind: 'camera_offline', thresholds: { for_seconds: 0 } };

  test('that it is over, unless they do not want to know', async () => {
    await room.rule(offline);
    await room.rule({ ...offline, notify_resolved: false });
    room.world.states.set('yard', 'failed');
    await room.pass(5);
    room.world.states.set('yard', 'live');
    await room.pass(5);
    expect(room.events()).toEqual(['opened', 'opened', 'resolved']);
  });

  test('not again while it cools down', async () => {
    await room.rule({ ...offline, cool_down_seconds: 60, notify_resolved: false });
    for (let n = 0; n < 5; n++) {
      room.world.states.set('yard', n % 2 === 0 ? 'failed' : 'live');
      await room.pass(5);
    }
    expect(room.events()).toEqual(['opened']);
    await room.pass(70);
    expect(room.events()).toEqual(['opened', 'opened']);
  });

  test('after the quiet hours, of what still holds', async () => {
    await room.rule({ ...offline, quiet_hours: { from: '09:00', to: '10:01' } });
    room.world.states.set('yard', 'failed');
    await room.pass(30);
    expect(room.events()).toEqual([]);
    await room.pass(60);
    expect(room.events()).toEqual(['opened']);
  });

  test('others, step by step, until somebody takes it on', async () => {
    const escalation = [
      { after_seconds: 20, channel_ids: ['two'] },
      { after_seconds: 60, channel_ids: ['three'] },
    ];
    await room.rule({ ...offline, escalation });
    room.world.states.set('yard', 'failed');
    await room.pass(30);
    expect(room.told.map(({ channels }) => channels)).toEqual([['one'], ['two']]);
    const [alert] = await room.alerts.active();
    await room.alerts.acknowledge(alert?.id ?? '', 'me');
    await room.pass(120);
    expect(room.told).toHaveLength(2);
    room.world.states.set('yard', 'live');
    await room.pass(5);
    expect(room.told.at(-1)).toMatchObject({ channels: ['one', 'two'], notification: { event: 'resolved' } });
  });

  test('a rule that goes takes its alerts with it', async () => {
    const { id } = await room.rule(offline);
    room.world.states.set('yard', 'failed');
    await room.pass(5);
    await room.rules.remove(ADMIN, id);
    await room.pass(5);
    expect(await room.alerts.active()).toEqual([]);
    expect(room.events()).toEqual(['opened']);
  });
});

const hours = (from: string, to: string, days = [0, 1, 2, 3, 4, 5, 6], time_zone = 'UTC') => ({
  from,
  to,
  days,
  time_zone,
});
test.each([
  ['none', null, '2024-01-15T10:00:00Z', false],
  ['inside', hours('09:00', '11:00'), '2024-01-15T10:00:00Z', true],
  ['at its end', hours('09:00', '10:00'), '2024-01-15T10:00:00Z', false],
  ['over midnight, before it', hours('22:00', '06:00'), '2024-01-15T23:00:00Z', true],
  ['over midnight, after it', hours('22:00', '06:00'), '2024-01-15T05:59:00Z', true],
  ['over midnight, by day', hours('22:00', '06:00'), '2024-01-15T12:00:00Z', false],
  ['on another day', hours('09:00', '11:00', [0]), '2024-01-15T10:00:00Z', false],
  ['that began on Sunday', hours('22:00', '06:00', [0]), '2024-01-15T05:00:00Z', true],
  ['elsewhere', hours('19:00', '20:00', [1], 'Asia/Seoul'), '2024-01-15T10:30:00Z', true],
])('quiet hours: %s', (_what, quiet, at, expected) => {
  expect(isQuiet(quiet, Date.parse(at))).toBe(expected);
});
