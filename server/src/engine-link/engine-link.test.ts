import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Fact } from '@nightjar/contract/link';
import type { RecordingList, StreamDetail, StreamSummary, SystemStatus } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { EventClient, errorOf, eventually, FakeEngine, newDataDir, TestServer } from '../testing/index.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const SOURCE = 'rtsp://admin:hunter2@10.0.0.5:554/stream';
const T0 = '2024-01-15T10:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(T0) + seconds * 1000).toISOString();
const body = (id: string, over: object = {}) => ({
  id,
  source_url: SOURCE,
  recording: { enabled: true },
  ...over,
});

const detailOf = (server: TestServer, id: string) =>
  server.expect<StreamDetail>(200, 'GET', `/api/streams/${id}`);
const recordingsOf = (server: TestServer, id: string, query = '') =>
  server.expect<z.infer<typeof RecordingList>>(200, 'GET', `/api/streams/${id}/recordings${query}`);

const state = (
  to: 'connecting' | 'live' | 'failed' | 'stopped' | 'reconnecting',
  at: string,
  over: object = {},
) => ({ kind: 'stream.state', stream_id: 'yard', state: to, previous: 'connecting', at, ...over }) as Fact;
const opened = (start: string): Fact => ({
  kind: 'segment.opened',
  stream_id: 'yard',
  filename: nameOf(start),
  start,
});
const grown = (start: string, duration: number): Fact => ({
  kind: 'segment.grown',
  stream_id: 'yard',
  filename: nameOf(start),
  start,
  duration,
  bytes: duration * 1000,
});
const closed = (start: string, duration: number): Fact => ({
  kind: 'segment.closed',
  stream_id: 'yard',
  filename: nameOf(start),
  start,
  end: new Date(Date.parse(start) + duration * 1000).toISOString(),
  duration,
  bytes: duration * 1000,
  recovered: false,
  reason: 'rotated',
});
const nameOf = (start: string) => `${start.slice(0, 19).replace('T', '_').replaceAll(':', '-')}.mp4`;

const VIDEO = {
  kind: 'video',
  codec: 'h264',
  codec_string: 'avc1.64001f',
  width: 1920,
  height: 1080,
} as const;

async function pair(script: Parameters<typeof FakeEngine.start>[1] = {}) {
  const server = await TestServer.start({ dataDir });
  await server.listen();
  await server.expect(201, 'POST', '/api/streams', body('yard'));
  const engine = await FakeEngine.start(dataDir, script);
  await engine.desired();
  return {
    server,
    engine,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

describe('desired state', () => {
  test('goes down whole after hello, credentials in clear, and again at every change', async () => {
    await using both = await pair();
    const { server, engine } = both;
    const first = await engine.desired();
    expect(first.streams).toEqual([
      {
        id: 'yard',
        source: { url: 'rtsp://10.0.0.5:554/stream', username: 'admin', password: 'hunter2' },
        running: true,
        restart_count: 0,
        recording: { enabled: true, segment_duration: 600 },
        reconnect: { enabled: true, max_attempts: 0, backoff_ms: 1000 },
        pushes: [],
      },
    ]);
    expect(first.base_path).toBe(server.config.recording.base_path);
    await server.expect(200, 'POST', '/api/streams/yard/restart');
    const second = await engine.desired(({ streams }) => streams[0]?.restart_count === 1);
    expect(second.revision).toBeGreaterThan(first.revision);
    await server.expect(204, 'DELETE', '/api/streams/yard');
    await engine.desired(({ streams }) => streams.length === 0);
  });

  test('changes of one tick go down together', async () => {
    await using both = await pair();
    const { server, engine } = both;
    const before = engine.received.length;
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => server.expect(201, 'POST', '/api/streams', body(id))));
    await engine.desired(({ streams }) => streams.length === 5);
    const sent = engine.received.slice(before).filter((message) => message.type === 'desired');
    expect(sent.length).toBeLessThanOrEqual(4);
  });

  test('its revision rises across restarts of the server', async () => {
    let revision = 0;
    {
      await using both = await pair();
      revision = (await both.engine.desired()).revision;
    }
    await using engine = await FakeEngine.start(dataDir);
    await using server = await TestServer.start({ dataDir });
    await server.listen();
    expect((await engine.desired()).revision).toBeGreaterThan(revision);
  });
});

describe('facts', () => {
  test('are stored, shown and acknowledged', async () => {
    await using both = await pair();
    const { server, engine } = both;
    engine.fact(state('live', later(1), { tracks: [VIDEO] }));
    engine.fact(closed(later(-600), 600));
    engine.fact(opened(later(1)));
    await engine.acknowledged(engine.fact(grown(later(1), 5)));
    const detail = await detailOf(server, 'yard');
    expect(detail).toMatchObject({
      status: 'active',
      state: 'live',
      last_connected: later(1),
      tracks: [VIDEO],
      metrics: { resolution: '1920x1080' },
      pipeline: { state: 'playing' },
      recording: {
        status: 'recording',
        current_file: `/recordings/yard/${nameOf(later(1))}`,
        duration: 605,
        total_size: 605_000,
      },
    });
    expect(detail.recording.segments).toEqual([
      { filename: nameOf(later(1)), size: 5000, duration: 5 },
      { filename: nameOf(later(-600)), size: 600_000, duration: 600 },
    ]);
    const status = await server.expect<z.infer<typeof SystemStatus>>(200, 'GET', '/api/status');
    expect(status).toMatchObject({ active_streams: 1, total_streams: 1, recording_streams: 1 });
    const { streams } = await server.expect<{ streams: StreamSummary[] }>(
      200,
      'GET',
      '/api/streams?recording=true',
    );
    expect(streams.map((stream) => stream.id)).toEqual(['yard']);
  });

  test('that come again are acknowledged and change nothing', async () => {
    await using both = await pair();
    const { server, engine } = both;
    const failure = state('failed', later(1), {
      fault: 'auth_failed',
      message: 'the camera refused the password',
    });
    const seq = engine.fact(failure);
    await engine.acknowledged(seq);
    engine.drop();
    await eventually(() =>
      engine.received.filter(({ type }) => type === 'desired').length > 1 ? true : undefined,
    );
    engine.received.length = 0;
    engine.fact(failure, seq);
    await engine.acknowledged(seq);
    const { errors, status } = await detailOf(server, 'yard');
    expect(status).toBe('initializing');
    expect(errors).toEqual([
      { code: 'auth_failed', message: 'the camera refused the password', timestamp: later(1) },
    ]);
  });

  test('of growth that come together are stored together, also of files that were not heard of', async () => {
    await using both = await pair();
    const { server, engine } = both;
    engine.fact(closed(later(-900), 300));
    await engine.acknowledged(engine.fact(opened(later(-600))));
    const of = [
      grown(later(-600), 5),
      grown(later(1), 2),
      { ...grown(later(2), 3), filename: '../up' } as Fact,
    ];
    // What was closed is not opened again.
    of.push(grown(later(-900), 7));
    engine.send({ type: 'facts', facts: of.map((fact, n) => ({ seq: 3 + n, fact })) });
    await engine.acknowledged(6);
    const { recordings } = await recordingsOf(server, 'yard');
    expect(recordings.map(({ filename, duration, size }) => [filename, duration, size])).toEqual([
      [nameOf(later(1)), 2, 2000],
      [nameOf(later(-600)), 5, 5000],
      [nameOf(later(-900)), 300, 300_000],
    ]);
  });

  test('of streams nobody knows, and files named in an unsafe way, are acknowledged and dropped', async () => {
    await using both = await pair();
    const { server, engine } = both;
    engine.fact({ ...closed(T0, 10), stream_id: 'ghost' } as Fact);
    engine.fact({ ...closed(T0, 10), filename: '../../etc/passwd' } as Fact);
    await engine.acknowledged(engine.fact(state('live', T0, { stream_id: 'ghost', fault: 'timeout' })));
    expect(await recordingsOf(server, 'yard')).toMatchObject({ recordings: [], total: 0 });
  });

  test('a deleted segment leaves the index', async () => {
    await using both = await pair();
    const { server, engine } = both;
    engine.fact(closed(T0, 10));
    const { filename } = closed(T0, 10) as { filename: string };
    await engine.acknowledged(
      engine.fact({ kind: 'segment.deleted', stream_id: 'yard', filename, reason: 'storage_full' }),
    );
    expect((await recordingsOf(server, 'yard')).total).toBe(0);
  });

  test('secrets in an engine message never reach an answer', async () => {
    await using both = await pair();
    const { server, engine } = both;
    const message = `cannot open ${SOURCE}: refused`;
    await engine.acknowledged(engine.fact(state('reconnecting', T0, { fault: 'refused', message })));
    const answer = await server.call('GET', '/api/streams/yard');
    expect(answer.text).not.toContain('hunter2');
    expect(answer.text).toContain('rtsp://***:***@10.0.0.5:554/stream');
  });
});

describe('recordings', () => {
  test('are listed by time, page and total', async () => {
    await using both = await pair();
    const { server, engine } = both;
    for (const n of [0, 1, 2, 3]) engine.fact(closed(later(n * 600), 600));
    await engine.acknowledged(engine.fact(opened(later(2400))));
    const all = await recordingsOf(server, 'yard');
    expect(all).toMatchObject({
      total: 5,
      total_size: 2_400_000,
      total_duration: 2400,
      limit: 50,
      offset: 0,
    });
    expect(all.recordings[0]).toEqual({
      filename: nameOf(later(2400)),
      path: `/recordings/yard/${nameOf(later(2400))}`,
      size: 0,
      duration: 0,
      created_at: later(2400),
      closed: false,
      protected: false,
      tier: 'hot',
    });
    const startsOf = async (query: string) =>
      (await recordingsOf(server, 'yard', query)).recordings.map(({ created_at }) => created_at);
    expect(await startsOf('?limit=1&offset=1')).toEqual([later(1800)]);
    expect(await startsOf(`?end_date=${later(601)}`)).toEqual([later(600), later(0)]);
    expect(await startsOf(`?start_date=${later(1200)}&end_date=${later(1799)}`)).toEqual([later(1200)]);
    expect(await startsOf('?start_date=2024-01-15&end_date=2024-01-15')).toHaveLength(5);
    expect(await startsOf('?end_date=2024-01-14')).toEqual([]);
    expect(await startsOf(`?start_date=${encodeURIComponent('2024-01-15T11:30:00+01:00')}`)).toHaveLength(2);
    for (const query of ['?start_date=yesterday', '?end_date=2024-13-01', '?limit=501', '?from=2024-01-15']) {
      expect((await server.call('GET', `/api/streams/yard/recordings${query}`)).status).toBe(400);
    }
  });
});

describe('hello', () => {
  test('replaces everything that was believed', async () => {
    await using both = await pair({
      streams: [{ id: 'yard', state: 'live', since: later(60), tracks: [VIDEO] }],
    });
    const { server, engine } = both;
    expect(await detailOf(server, 'yard')).toMatchObject({ state: 'live', tracks: [VIDEO] });
    await engine.acknowledged(engine.fact(state('connecting', later(1))));
    expect((await detailOf(server, 'yard')).state).toBe('live');
  });

  test('makes the index equal to the files', async () => {
    const inventory: string[] = [];
    await using both = await pair();
    const { server, engine } = both;
    engine.fact(closed(later(0), 600));
    engine.fact(closed(later(600), 600));
    await engine.acknowledged(engine.fact(opened(later(1200))));
    await engine[Symbol.asyncDispose]();

    await using second = await FakeEngine.start(dataDir, {
      epoch: 'epoch-2',
      onCommand: (command, self) => {
        if (command.type !== 'inventory') return 'not asked for';
        inventory.push(command.since);
        self.fact(closed(later(600), 590));
        self.fact({ ...closed(later(1800), 30), recovered: true, reason: 'killed' } as Fact);
        return undefined;
      },
    });
    await second.command('inventory');
    const listed = await eventually(async () => {
      const { recordings, total_duration } = await recordingsOf(server, 'yard');
      return total_duration === 600 + 590 + 30 ? recordings.map((entry) => entry.created_at) : undefined;
    });
    expect(inventory).toEqual([later(600)]);
    expect(listed).toEqual([later(1800), later(600), later(0)]);
  });

  test('asks again for all that an engine did not tell before it died, whatever else it told', async () => {
    const asked: string[] = [];
    await using both = await pair();
    await both.engine.acknowledged(both.engine.fact(closed(later(0), 600)));
    await both.engine[Symbol.asyncDispose]();
    const onCommand = (command: { type: string; since?: string }) => {
      if (command.type === 'inventory') asked.push(command.since!);
      return asked.length === 1 ? 'it died' : undefined;
    };
    const second = await FakeEngine.start(dataDir, { epoch: 'epoch-2', onCommand });
    await second.command('inventory');
    await second.acknowledged(second.fact(closed(later(1200), 600)));
    await second[Symbol.asyncDispose]();
    await using third = await FakeEngine.start(dataDir, { epoch: 'epoch-3', onCommand });
    await third.command('inventory');
    expect(asked).toEqual([later(0), later(0)]);
  });

  test('of another version ends the link', async () => {
    await using server = await TestServer.start({ dataDir });
    await using engine = await FakeEngine.start(dataDir, { version: 99 });
    await server.listen();
    await eventually(() =>
      server.logged.some((line) => line.includes('link version 99')) ? true : undefined,
    );
    expect(engine.received).toEqual([]);
  });
});

describe('an engine that goes away', () => {
  test('shows as reconnecting until it is back', async () => {
    await using both = await pair({ streams: [{ id: 'yard', state: 'live', since: T0, tracks: [] }] });
    const { server, engine } = both;
    await server.expect(200, 'POST', '/api/streams/yard/stop');
    await server.expect(200, 'GET', '/api/streams/yard');
    await engine[Symbol.asyncDispose]();
    const away = (id: string) => async () =>
      (await detailOf(server, id)).state !== 'live' ? true : undefined;
    await eventually(away('yard'));
    expect(await detailOf(server, 'yard')).toMatchObject({ state: 'stopped', status: 'inactive' });
    await server.expect(200, 'POST', '/api/streams/yard/start');
    expect(await detailOf(server, 'yard')).toMatchObject({ state: 'reconnecting', status: 'error' });
    await using back = await FakeEngine.start(dataDir, {
      streams: [{ id: 'yard', state: 'live', since: later(5), tracks: [] }],
    });
    await back.desired();
    expect(await detailOf(server, 'yard')).toMatchObject({ state: 'live', status: 'active' });
  });

  test('nonsense on the link ends it and it is opened again', async () => {
    await using both = await pair();
    const { engine } = both;
    const desiredSeen = () => engine.received.filter(({ type }) => type === 'desired').length;
    for (const nonsense of ['{', '[]', '{"type":"fact","seq":1,"fact":{"kind":"nope"}}']) {
      const before = desiredSeen();
      engine.send(nonsense);
      await eventually(() => (desiredSeen() > before ? true : undefined));
    }
  });
});

describe('figures', () => {
  test('are what the engine sampled last', async () => {
    await using both = await pair();
    const { server, engine } = both;
    const metrics = {
      bitrate: { current: 4_096_000, average: 4_000_000, peak: 5_000_000 },
      framerate: { current: 30, average: 29.97, dropped: 5 },
      packets: { received: 1_000_000, lost: 10, recovered: 8 },
      bytes_received: 1,
      errors: { decode: 0, network: 2, total: 2 },
      latency: { pipeline: 150, network: null, processing: 100 },
      viewers: 0,
      reconnects: 0,
      buffer_level: 12.5,
    };
    engine.send({ type: 'metrics', samples: [{ stream_id: 'yard', metrics }] });
    await engine.acknowledged(engine.fact(state('live', T0)));
    const { bytes_received, viewers, reconnects, buffer_level, ...shown } = metrics;
    expect(await server.expect(200, 'GET', '/api/streams/yard/metrics')).toEqual(shown);
    const detail = await detailOf(server, 'yard');
    expect(detail.pipeline).toEqual({ state: 'playing', latency: 150, buffer_level });
    expect(detail.metrics).toMatchObject({ bitrate: 4_096_000, framerate: 30, packets_lost: 10 });
  });
});

describe('commands', () => {
  test('make a stream busy until the engine has answered', async () => {
    await using both = await pair({ streams: [{ id: 'yard', state: 'live', since: T0, tracks: [] }] });
    const { server, engine } = both;
    await server.expect(200, 'POST', '/api/streams/yard/stop');
    for (const verb of ['start', 'stop', 'restart']) {
      const busy = await server.call('POST', `/api/streams/yard/${verb}`);
      expect([busy.status, errorOf(busy).code]).toEqual([409, 'STREAM_BUSY']);
    }
    await engine.acknowledged(engine.fact(state('stopped', later(1))));
    await server.expect(200, 'POST', '/api/streams/yard/start');
    await engine.acknowledged(engine.fact(state('connecting', later(2))));
    await server.expect(200, 'POST', '/api/streams/yard/restart');
  });

  test('start makes a stream that gave up try again', async () => {
    await using both = await pair({ streams: [{ id: 'yard', state: 'failed', since: T0, tracks: [] }] });
    await both.server.expect(200, 'POST', '/api/streams/yard/start');
    await both.engine.desired(({ streams }) => streams[0]?.restart_count === 1);
  });
});

describe('footage of a removed stream', () => {
  test('is deleted after the engine knows the stream is gone, and keeps the id until then', async () => {
    let refuse = true;
    await using both = await pair({
      onCommand: ({ type }) => (type === 'delete_footage' && refuse ? 'not now' : undefined),
    });
    const { server, engine } = both;
    await engine.acknowledged(engine.fact(closed(T0, 10)));
    await server.expect(204, 'DELETE', '/api/streams/yard');
    const command = await engine.command('delete_footage');
    expect(command).toMatchObject({ stream_id: 'yard' });
    expect(command).not.toHaveProperty('filenames');
    const gone = engine.received.findIndex((m) => m.type === 'desired' && m.desired.streams.length === 0);
    expect(gone).toBeGreaterThan(-1);
    expect(engine.received.findIndex((m) => m.type === 'delete_footage')).toBeGreaterThan(gone);
    const busy = await server.call('POST', '/api/streams', body('yard'));
    expect(errorOf(busy).code).toBe('STREAM_BUSY');
    refuse = false;
    engine.drop();
    await eventually(async () =>
      (await server.call('POST', '/api/streams', body('yard'))).status === 201 ? true : undefined,
    );
    expect((await recordingsOf(server, 'yard')).total).toBe(0);
  });
});

describe('retention', () => {
  test('deletes closed segments that are older than the stream allows, when the engine is there', async () => {
    const asked: string[] = [];
    const day = 86_400;
    const now = Date.now() / 1000 - Date.parse(T0) / 1000;
    const [old, young] = [later(now - 2 * day), later(now - day / 2)];
    await using both = await pair();
    const { server, engine } = both;
    await server.expect(200, 'PUT', '/api/streams/yard', { recording: { retention_days: 1 } });
    const { port } = server.app.server.address() as AddressInfo;
    await using client = new EventClient(`ws://127.0.0.1:${port}/api/events`, {
      authorization: `Bearer ${server.token}`,
    });
    await client.ofType('events.ready');
    engine.fact(closed(old, 600));
    await engine.acknowledged(engine.fact(closed(young, 600)));
    await engine[Symbol.asyncDispose]();
    await using second = await FakeEngine.start(dataDir, {
      epoch: 'epoch-2',
      onCommand: (command, self) => {
        if (command.type === 'delete_footage') asked.push(...(command.filenames ?? []));
        else for (const start of [old, young]) self.fact(closed(start, 600));
        return undefined;
      },
    });
    await second.command('delete_footage');
    await eventually(async () => ((await recordingsOf(server, 'yard')).total === 1 ? true : undefined));
    expect(asked).toEqual([nameOf(old)]);
    expect(await client.ofType('segment.deleted')).toMatchObject({
      stream_id: 'yard',
      filename: `/recordings/yard/${nameOf(old)}`,
      reason: 'retention',
    });
  });
});
