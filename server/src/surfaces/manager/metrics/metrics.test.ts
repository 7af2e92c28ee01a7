import { execFile } from 'node:child_process';
import type { StreamMetrics } from '@nightjar/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, eventually, FakeEngine, parseExposition, TestServer } from '../../../testing/index.ts';
import { exposition, type Scrape } from './exposition.ts';

const METRICS: StreamMetrics = {
  bitrate: { current: 4_096_000, average: 4_000_000, peak: 5_000_000 },
  framerate: { current: 30, average: 29.97, dropped: 5 },
  packets: { received: 1_000_000, lost: 10, recovered: 8 },
  bytes_received: 1_073_741_824,
  errors: { decode: 0, network: 2, total: 2 },
  latency: { pipeline: null, network: null, processing: null },
  viewers: 3,
  reconnects: 4,
};
const OPEN = `
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
metrics: {open_to_loopback: true}
`;

let server: TestServer;
let engine: FakeEngine;
beforeAll(async () => {
  server = await TestServer.start();
  await server.listen();
  for (const id of ['camera-1', 'camera-2']) {
    await server.expect(201, 'POST', '/api/streams', {
      id,
      source_url: 'rtsp://10.0.0.5/x',
      recording: { enabled: true },
    });
  }
  engine = await FakeEngine.start(server.dataDir, {
    streams: [{ id: 'camera-1', state: 'live', since: '2024-01-15T10:00:00.000Z', tracks: [] }],
  });
  await engine.desired();
  engine.send({ type: 'metrics', samples: [{ stream_id: 'camera-1', metrics: METRICS }], loop_delay: 7.5 });
  const segment = {
    stream_id: 'camera-1',
    filename: '2024-01-15_10-00-00.mp4',
    start: '2024-01-15T10:00:00.000Z',
  };
  await engine.acknowledged(
    engine.fact({ kind: 'segment.grown', ...segment, duration: 12.5, bytes: 4_000_000 }),
  );
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const scrape = async () => parseExposition((await server.call('GET', '/api/metrics')).text);

describe('GET /api/metrics', () => {
  test("tells the seed's figures by their names and types", async () => {
    const families = await scrape();
    expect(families.get('stream_manager_active_streams')).toEqual({
      help: 'Number of active streams',
      type: 'gauge',
      samples: [{ labels: {}, value: 1 }],
    });
    expect(families.get('stream_manager_bytes_received')).toEqual({
      help: 'Total bytes received',
      type: 'counter',
      samples: [{ labels: { stream: 'camera-1' }, value: 1_073_741_824 }],
    });
    expect(families.get('stream_manager_packets_lost')).toEqual({
      help: 'Total packets lost',
      type: 'counter',
      samples: [{ labels: { stream: 'camera-1' }, value: 10 }],
    });
  });

  test.each([
    ['nightjar_stream_frames_per_second', 30],
    ['nightjar_stream_bits_per_second', 4_096_000],
    ['nightjar_stream_reconnects_total', 4],
    ['nightjar_stream_viewers', 3],
    ['nightjar_stream_packets_received_total', 1_000_000],
    ['nightjar_stream_frames_dropped_total', 5],
    ['nightjar_stream_errors_total', 2],
    ['nightjar_stream_recording', 1],
    ['nightjar_recording_seconds', 12.5],
    ['nightjar_recording_bytes', 4_000_000],
    ['nightjar_recording_segments', 1],
  ])('%s of a stream is %d', async (name, value) => {
    const samples = (await scrape()).get(name)?.samples;
    expect(samples?.find(({ labels }) => labels['stream'] === 'camera-1')?.value).toBe(value);
  });

  test('what is not measured has no sample, and of the states one is 1', async () => {
    const families = await scrape();
    expect(families.get('nightjar_stream_viewers')?.samples).toHaveLength(1);
    const states = families.get('nightjar_stream_state')?.samples.filter(({ value }) => value === 1);
    expect(states?.map(({ labels }) => labels)).toEqual([
      { stream: 'camera-1', state: 'live' },
      { stream: 'camera-2', state: 'connecting' },
    ]);
  });

  test('tells of the program and of the engine', async () => {
    const one = async (name: string) => (await scrape()).get(name)?.samples[0];
    expect(await one('nightjar_engine_connected')).toEqual({ labels: {}, value: 1 });
    expect(await one('nightjar_engine_loop_delay_seconds')).toEqual({ labels: {}, value: 0.0075 });
    expect(await one('nightjar_build_info')).toEqual({ labels: { version: '0.1.0' }, value: 1 });
    expect(await one('nightjar_streams')).toEqual({ labels: {}, value: 2 });
    expect(await one('nightjar_recording_streams')).toEqual({ labels: {}, value: 1 });
    expect((await one('process_cpu_seconds_total'))?.value).toBeGreaterThan(0);
    expect((await one('process_resident_memory_bytes'))?.value).toBeGreaterThan(10_000_000);
    const started = (await one('process_start_time_seconds'))?.value ?? 0;
    expect(Math.abs(started - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
  });

  test('is text of the format it names, and not to be kept', async () => {
    const { headers, text } = await server.call('GET', '/api/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toContain('# TYPE stream_manager_active_streams gauge\nstream_manager_active_streams 1\n');
  });

  test('needs a scope', async () => {
    const answer = await server.call('GET', '/api/metrics', undefined, { authorization: '' });
    expect([answer.status, errorOf(answer).code]).toEqual([401, 'UNAUTHORIZED']);
    const wrong = await server.call('GET', '/api/metrics', undefined, { authorization: 'Bearer nj_wrong' });
    expect(wrong.status).toBe(401);
  });
});

test('label values are escaped', async () => {
  const id = 'a"b\\c\nd';
  const text = await exposition({
    streams: [
      {
        view: { stream: { id }, state: 'live', tracks: [], metrics: METRICS },
        recording: false,
        footage: { count: 0, bytes: 0, seconds: 0 },
      } as unknown as Scrape['streams'][number],
    ],
    storage: { fullInSeconds: undefined, frozen: false, tiers: [] },
    engineConnected: false,
    engineLoopDelay: 7.5,
    eventSockets: 0,
    system: { version: '1"', process: () => ({ cpuSeconds: 1, residentBytes: 1, startedAt: 1 }) },
    disk: { used: 1, total: 2 },
  });
  const families = parseExposition(text);
  expect(families.get('stream_manager_packets_lost')?.samples[0]?.labels).toEqual({ stream: id });
  expect(families.get('nightjar_build_info')?.samples[0]?.labels).toEqual({ version: '1"' });
  expect(families.get('nightjar_disk_size_bytes')?.samples).toEqual([{ labels: {}, value: 2 }]);
});

test.each([
  ['no end', 'a 1'],
  ['a sample before its type', 'a 1\n'],
  ['a type without help', '# TYPE a gauge\na 1\n'],
  ['a number that is none', '# HELP a b\n# TYPE a gauge\na x\n'],
  ['a label twice', '# HELP a b\n# TYPE a gauge\na{b="1",b="2"} 1\n'],
  ['an open label', '# HELP a b\n# TYPE a gauge\na{b="1} 1\n'],
  ['a sample twice', '# HELP a b\n# TYPE a gauge\na{b="1"} 1\na{b="1"} 2\n'],
  ['an unknown kind', '# HELP a b\n# TYPE a number\na 1\n'],
])('the parser refuses %s', (_what, text) => {
  expect(() => parseExposition(text)).toThrow();
});

describe('metrics.open_to_loopback', () => {
  const none = { authorization: '' };
  const cases = [
    ['loopback itself', {}, '127.0.0.1', 200],
    ['another loopback', {}, '127.8.8.8', 200],
    ['mapped loopback', {}, '::ffff:127.0.0.1', 200],
    ['loopback of IPv6', { host: '[::1]:3000' }, '::1', 200],
    ['127.0.0.1 as host', { host: '127.0.0.1:3000' }, '127.0.0.1', 200],
    ['another machine', {}, '10.0.0.9', 401],
    ['another machine that says localhost', { host: 'localhost' }, '192.168.1.4', 401],
    ['a name of its own', { host: 'nightjar.example' }, '127.0.0.1', 401],
    ['a name that begins so', { host: 'localhost.example' }, '127.0.0.1', 401],
    ['an odd spelling', { host: '127.1' }, '127.0.0.1', 401],
    ['Forwarded', { forwarded: 'for=10.0.0.9' }, '127.0.0.1', 401],
    ['X-Forwarded-For', { 'x-forwarded-for': '10.0.0.9' }, '127.0.0.1', 401],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'https' }, '127.0.0.1', 401],
    ['X-Real-IP', { 'x-real-ip': '127.0.0.1' }, '127.0.0.1', 401],
    ['Via', { via: '1.1 proxy' }, '127.0.0.1', 401],
    ['a page elsewhere', { 'sec-fetch-site': 'cross-site' }, '127.0.0.1', 403],
  ] as const;

  test('opens it to this machine alone', async () => {
    await using open = await TestServer.start({ config: OPEN });
    for (const [what, headers, remoteAddress, status] of cases) {
      const response = await open.app.inject({
        url: '/api/metrics',
        remoteAddress,
        headers: { host: 'localhost:3000', ...headers },
      });
      expect([what, response.statusCode]).toEqual([what, status]);
    }
    const other = await open.app.inject({ url: '/api/status', headers: { host: 'localhost' } });
    expect(other.statusCode).toBe(401);
  });

  test('is closed unless it is set', async () => {
    const answer = await server.call('GET', '/api/metrics', undefined, { ...none, host: 'localhost' });
    expect(answer.status).toBe(401);
  });
});

test('without an engine says so', async () => {
  await using alone = await TestServer.start();
  const look = async () =>
    parseExposition((await alone.call('GET', '/api/metrics')).text).get('nightjar_engine_connected');
  expect((await eventually(look)).samples).toEqual([{ labels: {}, value: 0 }]);
});

test("Prometheus' own checker takes what is scraped; its wishes are for names that are given", async () => {
  const { text } = await server.call('GET', '/api/metrics');
  expect(text).toContain('stream_manager_bytes_received{stream="camera-1"} 1073741824');
  const said = await new Promise<string>((resolve) => {
    const checker = execFile('promtool', ['check', 'metrics'], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    checker.stdin?.end(text);
  });
  expect([...new Set(said.trim().split('\n'))].sort()).toEqual([
    'nightjar_stream_bits_per_second use base unit "bytes" instead of "bits"',
    'stream_manager_bytes_received counter metrics should have "_total" suffix',
    'stream_manager_packets_lost counter metrics should have "_total" suffix',
  ]);
});
