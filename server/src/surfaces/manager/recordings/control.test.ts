import type { DesiredStream } from '@nightjar/contract/link';
import { RecordingPaused, RecordingStarted, RecordingStopped } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, eventually, FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

const START = '2099-01-15T10:00:00.000Z';
let server: TestServer;
let engine: FakeEngine;
let count = 0;

beforeAll(async () => {
  server = await TestServer.start();
  await server.listen();
  engine = await FakeEngine.start(server.dataDir);
  await engine.desired();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const control = (id: string, verb: string, body?: unknown) =>
  server.call('POST', `/api/streams/${id}/recording/${verb}`, body);
const wanted = (id: string, holds: (stream: DesiredStream) => boolean) =>
  engine.desired(({ streams }) => streams.some((stream) => stream.id === id && holds(stream)));

/** A stream the engine says is live. */
async function live(recording: object = {}): Promise<string> {
  const id = `camera-${++count}`;
  await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x', recording });
  const at = new Date().toISOString();
  const fact = { kind: 'stream.state', stream_id: id, state: 'live', previous: 'ready', at } as const;
  await engine.acknowledged(engine.fact(fact));
  return id;
}

/** What the engine tells when it begins a file. */
async function opens(id: string, filename: string): Promise<void> {
  const about = { stream_id: id, filename, start: START };
  engine.fact({ kind: 'segment.opened', ...about });
  await engine.acknowledged(
    engine.fact({ kind: 'recording.state', stream_id: id, state: 'recording', at: START }),
  );
}

/** What the engine tells when it ends one; `stopped` when it goes on no more. */
function closes(id: string, filename: string, stopped: boolean): void {
  const end = '2099-01-15T10:10:00.000Z';
  const sizes = { duration: 600, bytes: 1_000, recovered: false } as const;
  const reason = stopped ? 'stopped' : 'rotated';
  engine.fact({ kind: 'segment.closed', stream_id: id, filename, start: START, end, ...sizes, reason });
  if (stopped) engine.fact({ kind: 'recording.state', stream_id: id, state: 'stopped', at: end });
}

const statusOf = async (id: string) => {
  const { recording } = await server.expect<{ recording: Record<string, unknown> }>(
    200,
    'GET',
    `/api/streams/${id}`,
  );
  return recording;
};

describe('recording control', () => {
  test("start, stop: the seed's answers with the files of the session", async () => {
    const id = await live();
    const starting = control(id, 'start', { segment_duration: 300 });
    await wanted(id, ({ recording }) => recording.enabled && recording.segment_duration === 300);
    await opens(id, '2099-01-15_10-00-00.mp4');
    const started = await starting;
    expect([started.status, RecordingStarted.parse(started.body)]).toEqual([
      200,
      { status: 'recording', filename: `/recordings/${id}/2099-01-15_10-00-00.mp4` },
    ]);
    expect(await statusOf(id)).toMatchObject({ enabled: true, status: 'recording', segment_duration: 300 });
    closes(id, '2099-01-15_10-00-00.mp4', false);
    await opens(id, '2099-01-15_10-10-00.mp4');
    const stopping = control(id, 'stop');
    await wanted(id, ({ recording }) => !recording.enabled);
    closes(id, '2099-01-15_10-10-00.mp4', true);
    const stopped = await stopping;
    expect([stopped.status, RecordingStopped.parse(stopped.body)]).toEqual([
      200,
      {
        status: 'stopped',
        files: [`/recordings/${id}/2099-01-15_10-00-00.mp4`, `/recordings/${id}/2099-01-15_10-10-00.mp4`],
        total_duration: 1200,
        total_size: 2000,
      },
    ]);
    expect(await statusOf(id)).toMatchObject({ enabled: false, status: 'stopped', segment_duration: 600 });
  });

  test('stop tells only what this recording wrote', async () => {
    const id = await live();
    engine.fact({
      kind: 'segment.closed',
      stream_id: id,
      filename: '2020-01-01_00-00-00.mp4',
      start: '2020-01-01T00:00:00.000Z',
      end: '2020-01-01T00:10:00.000Z',
      duration: 600,
      bytes: 5,
      recovered: false,
      reason: 'stopped',
    });
    const starting = control(id, 'start');
    await wanted(id, ({ recording }) => recording.enabled);
    await opens(id, 'new.mp4');
    await starting;
    const stopping = control(id, 'stop');
    await wanted(id, ({ recording }) => !recording.enabled);
    closes(id, 'new.mp4', true);
    expect((await stopping).body).toMatchObject({ files: [`/recordings/${id}/new.mp4`], total_size: 1000 });
  });

  test('a file name of its own goes to the engine once', async () => {
    const id = await live();
    const starting = control(id, 'start', { filename: 'custom-recording.mp4' });
    await wanted(id, ({ recording }) => recording.label === 'custom-recording.mp4');
    await opens(id, '2099-01-15_10-00-00__custom-recording.mp4');
    expect((await starting).body).toEqual({
      status: 'recording',
      filename: `/recordings/${id}/2099-01-15_10-00-00__custom-recording.mp4`,
    });
    const before = engine.received.length;
    await server.expect(200, 'PUT', `/api/streams/${id}`, { reconnect: { backoff_ms: 2000 } });
    await engine.until((received) =>
      received
        .slice(before)
        .find(
          (message) =>
            message.type === 'desired' &&
            message.desired.streams.some(
              (stream) => stream.id === id && stream.recording.enabled && !('label' in stream.recording),
            ),
        ),
    );
  });

  test('pause, resume: the stream goes on, the next file is another', async () => {
    const id = await live({ enabled: true });
    await opens(id, 'one.mp4');
    const pausing = control(id, 'pause');
    await wanted(id, ({ recording, running }) => running && recording.enabled && recording.paused === true);
    closes(id, 'one.mp4', true);
    const paused = await pausing;
    expect([paused.status, RecordingPaused.parse(paused.body)]).toEqual([200, { status: 'paused' }]);
    expect(await statusOf(id)).toMatchObject({ enabled: true, status: 'paused', current_file: null });
    expect((await control(id, 'pause')).status).toBe(200);
    const busy = await control(id, 'start');
    expect([busy.status, errorOf(busy).code]).toEqual([409, 'RECORDING_IN_PROGRESS']);
    const before = engine.received.length;
    const resuming = control(id, 'resume');
    await engine.until((received) =>
      received.slice(before).find((message) => message.type === 'desired') ? true : undefined,
    );
    await opens(id, 'two.mp4');
    expect((await resuming).body).toEqual({ status: 'recording', filename: `/recordings/${id}/two.mp4` });
    const again = await control(id, 'resume');
    expect([again.status, errorOf(again).code]).toEqual([409, 'RECORDING_IN_PROGRESS']);
  });

  test('of a stream that is not live begins when it is', async () => {
    const id = `camera-${++count}`;
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
    expect((await control(id, 'start')).body).toEqual({ status: 'waiting', filename: null });
    const again = await control(id, 'start');
    expect([again.status, errorOf(again).code]).toEqual([409, 'RECORDING_IN_PROGRESS']);
    expect((await control(id, 'stop')).body).toEqual({
      status: 'stopped',
      files: [],
      total_duration: 0,
      total_size: 0,
    });
  });

  test('what the settings ask for and has not begun may be ordered once', async () => {
    const id = `camera-${++count}`;
    const recording = { enabled: true };
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x', recording });
    const first = await control(id, 'start', { filename: 'mine.mp4' });
    expect([first.status, first.body]).toEqual([200, { status: 'waiting', filename: null }]);
    await wanted(id, ({ recording: { label } }) => label === 'mine.mp4');
    expect((await control(id, 'start')).status).toBe(409);
  });

  test('a recording enabled by PUT is the same recording', async () => {
    const id = await live();
    await server.expect(200, 'PUT', `/api/streams/${id}`, { recording: { enabled: true } });
    await opens(id, 'now.mp4');
    expect((await control(id, 'start')).status).toBe(409);
    const pausing = control(id, 'pause');
    await wanted(id, ({ recording }) => recording.paused === true);
    closes(id, 'now.mp4', true);
    await pausing;
    expect((await control(id, 'start')).status).toBe(409);
    await server.expect(200, 'PUT', `/api/streams/${id}`, { recording: { enabled: false } });
    await server.expect(200, 'PUT', `/api/streams/${id}`, { recording: { enabled: true } });
    expect(await statusOf(id)).toMatchObject({ enabled: true, status: 'waiting' });
  });

  test('a schedule goes to the engine; an order to record counts at any hour', async () => {
    const schedule = { time_zone: 'Europe/Berlin', mon: ['08:00-17:30'], sat: ['00:00-24:00'] };
    const id = await live({ enabled: true, schedule });
    const { streams } = await wanted(id, ({ recording }) => recording.schedule !== undefined);
    expect(streams.find((stream) => stream.id === id)?.recording.schedule).toMatchObject(schedule);
    const starting = control(id, 'start');
    await wanted(id, ({ recording }) => recording.enabled && recording.schedule === undefined);
    await opens(id, 'now.mp4');
    expect((await starting).status).toBe(200);
    const bad = { recording: { schedule: { time_zone: 'Nowhere/City' } } };
    const answer = await server.call('PUT', `/api/streams/${id}`, bad);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'INVALID_CONFIGURATION']);
  });

  test.each([
    ['stop with none', false, 'stop', undefined, 404, 'NO_RECORDING'],
    ['pause with none', false, 'pause', undefined, 404, 'NO_RECORDING'],
    ['resume with none', false, 'resume', undefined, 404, 'NO_RECORDING'],
    ['a name that climbs', false, 'start', { filename: '../x.mp4' }, 400, 'INVALID_CONFIGURATION'],
    ['a name with a folder', false, 'start', { filename: 'a/b.mp4' }, 400, 'INVALID_CONFIGURATION'],
    ['a name with NUL', false, 'start', { filename: 'a\0.mp4' }, 400, 'INVALID_CONFIGURATION'],
    ['a hidden name', false, 'start', { filename: '.mp4' }, 400, 'INVALID_CONFIGURATION'],
    ['a name of another kind', false, 'start', { filename: 'a.sh' }, 400, 'INVALID_CONFIGURATION'],
    ['a name too long', false, 'start', { filename: `${'a'.repeat(101)}.mp4` }, 400, 'INVALID_CONFIGURATION'],
    ['a segment too short', false, 'start', { segment_duration: 1 }, 400, 'INVALID_CONFIGURATION'],
    ['an unknown field', false, 'start', { quality: 1 }, 400, 'INVALID_CONFIGURATION'],
  ])('%s is refused', async (_what, enabled, verb, body, status, code) => {
    const id = await live({ enabled });
    const answer = await control(id, verb, body);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(await statusOf(id)).toMatchObject({ enabled });
  });

  test.each(['start', 'stop', 'pause', 'resume'])('%s of an unknown stream', async (verb) => {
    const answer = await control('camera-99', verb);
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'STREAM_NOT_FOUND']);
    const bare = { authorization: '' };
    const stranger = await server.call('POST', `/api/streams/x/recording/${verb}`, undefined, bare);
    expect([stranger.status, errorOf(stranger).code]).toEqual([401, 'UNAUTHORIZED']);
  });
});

test('what is wanted survives a restart', async () => {
  const dataDir = await newDataDir();
  const first = await TestServer.start({ dataDir });
  const body = { id: 'a', source_url: 'rtsp://10.0.0.5/x' };
  await first.expect(201, 'POST', '/api/streams', body);
  await first.expect(200, 'POST', '/api/streams/a/recording/start', {
    filename: 'custom.mp4',
    segment_duration: 300,
  });
  await first.expect(200, 'POST', '/api/streams/a/recording/pause');
  await first.close();
  await using second = await TestServer.start({ dataDir });
  await second.listen();
  await using other = await FakeEngine.start(dataDir);
  const { streams } = await eventually(() => other.desired());
  expect(streams[0]?.recording).toEqual({
    enabled: true,
    paused: true,
    label: 'custom.mp4',
    segment_duration: 300,
  });
});
