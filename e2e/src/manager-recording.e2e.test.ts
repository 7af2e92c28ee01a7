import { once } from 'node:events';
import { ManagerEvent } from '@nightjar/contract/manager';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { probe } from './footage/ffmpeg.ts';
import { footage } from './footage/footage.ts';
import { eventually, Installation, SyntheticCameras } from './harness/index.ts';

type Message = { type: string; filename?: string; stream_id?: string };

/** Everything the event socket says, as it comes. */
async function listen(installation: Installation): Promise<{ socket: WebSocket; heard: Message[] }> {
  const url = installation.api.base.replace('http', 'ws');
  const heard: Message[] = [];
  const socket = new WebSocket(`${url}/api/events`, {
    headers: { authorization: `Bearer ${installation.token}` },
  });
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as Message));
  await once(socket, 'open');
  return { socket, heard };
}

const ofType = (heard: readonly Message[], type: string) =>
  eventually(`event ${type}`, () => heard.find((message) => message.type === type), { timeoutMs: 15_000 });

describe('recording by order', () => {
  it('starts, pauses, resumes and stops; the answers are what lies on disk', async () => {
    await using cameras = await SyntheticCameras.start({ count: 1 });
    await using installation = await Installation.start();
    const { api, dataDir } = installation;
    const { socket, heard } = await listen(installation);
    const order = (verb: string, body?: unknown) =>
      api.expect(200, 'POST', `/api/streams/yard/recording/${verb}`, body);
    const names = async () => (await footage(dataDir, 'yard')).map(({ filename }) => filename);
    const grows = async (bytes: number) =>
      eventually('the footage to grow', async () => (await footage(dataDir, 'yard')).at(-1)!.bytes > bytes, {
        timeoutMs: 10_000,
      });

    await api.addStream({ id: 'yard', source_url: cameras.urls[0]! });
    await ofType(heard, 'stream.started');
    const started = (await order('start', {
      filename: 'custom-recording.mp4',
      segment_duration: 43_200,
    })) as {
      filename: string;
    };
    const [first] = await names();
    expect(started).toEqual({ status: 'recording', filename: `/recordings/yard/${first}` });
    expect(first).toMatch(/__custom-recording\.mp4$/);
    expect(await ofType(heard, 'recording.started')).toMatchObject({ filename: started.filename });
    expect((await api.request('POST', '/api/streams/yard/recording/start')).status).toBe(409);
    await grows((await footage(dataDir, 'yard'))[0]!.bytes + 100_000);

    expect(await order('pause')).toEqual({ status: 'paused' });
    await ofType(heard, 'recording.paused');
    const [paused] = await footage(dataDir, 'yard');
    const still = await api.stream('yard');
    expect(still).toMatchObject({ status: 'active', recording: { status: 'paused', current_file: null } });
    const received = still.metrics.packets_received ?? 0;
    const goesOn = async () => ((await api.stream('yard')).metrics.packets_received ?? 0) > received;
    await eventually('media to go on', goesOn, { timeoutMs: 10_000 });
    expect(await footage(dataDir, 'yard')).toEqual([paused]);

    const resumed = (await order('resume')) as { filename: string };
    const [, second] = await names();
    expect(resumed).toEqual({ status: 'recording', filename: `/recordings/yard/${second}` });
    await grows((await footage(dataDir, 'yard'))[1]!.bytes + 100_000);
    const stopped = (await order('stop')) as { files: string[]; total_duration: number; total_size: number };
    const files = await footage(dataDir, 'yard');
    expect(stopped).toMatchObject({
      status: 'stopped',
      files: files.map(({ filename }) => `/recordings/yard/${filename}`),
      total_size: files.reduce((sum, file) => sum + file.bytes, 0),
    });
    const probed = await Promise.all(files.map(({ path }) => probe(path)));
    const seconds = probed.reduce((sum, file) => sum + file.duration, 0);
    expect(Math.abs(stopped.total_duration - seconds)).toBeLessThan(0.2);
    await ofType(heard, 'recording.stopped');
    expect((await api.request('POST', '/api/streams/yard/recording/stop')).status).toBe(404);

    const numbered = heard.filter((message) => 'id' in message);
    for (const event of numbered) expect(ManagerEvent.safeParse(event).error).toBeUndefined();
    socket.terminate();
  });

  it('a reload, and changes of another stream, leave a live stream and its file alone', async () => {
    await using cameras = await SyntheticCameras.start({ count: 2 });
    await using installation = await Installation.start();
    const { api, dataDir } = installation;
    const { socket, heard } = await listen(installation);
    for (const [n, id] of ['yard', 'door'].entries())
      await api.addStream({ id, source_url: cameras.urls[n]!, recording: { enabled: true } });
    const recording = async () =>
      (await api.streams()).every(({ recording: { status } }) => status === 'recording');
    await eventually('the cameras to be recorded', recording, { timeoutMs: 15_000 });
    await ofType(heard, 'metrics.update');
    heard.length = 0;
    await api.expect(200, 'PUT', '/api/config', {
      recording: { segment_duration: 43_200, retention_days: 14 },
      limits: { reads_per_minute: 500_000 },
    });
    expect(await api.expect(200, 'POST', '/api/config/reload')).toEqual({
      applied: ['recording.segment_duration', 'recording.retention_days', 'limits.reads_per_minute'],
      restart_required: [],
    });
    expect((await api.stream('yard')).recording).toMatchObject({
      segment_duration: 43_200,
      retention_days: 14,
    });
    for (const patch of [
      { source_url: 'rtsp://127.0.0.1:10554/nobody', reconnect: { max_attempts: 1, backoff_ms: 100 } },
      { source_url: cameras.urls[0]!, recording: { segment_duration: 600 } },
    ])
      await api.expect(200, 'PUT', '/api/streams/door', patch);
    await ofType(heard, 'stream.started');
    const [before] = await footage(dataDir, 'yard');
    const grown = async () => (await footage(dataDir, 'yard'))[0]!.bytes > before!.bytes + 200_000;
    await eventually('the same file to grow', grown, { timeoutMs: 10_000 });
    expect(await footage(dataDir, 'yard')).toHaveLength(1);
    const told = heard.filter(({ type }) => type !== 'metrics.update');
    expect(new Set(told.map(({ stream_id }) => stream_id))).toEqual(new Set([undefined, 'door']));
    expect(told.filter((event) => event.stream_id === undefined)).toMatchObject([
      { type: 'system.config_reloaded' },
    ]);
    socket.terminate();
    const metrics = String(await api.expect(200, 'GET', '/api/metrics'));
    expect(metrics).toContain('nightjar_stream_reconnects_total{stream="yard"} 0\n');
    expect(metrics).toContain('stream_manager_active_streams 2\n');
    expect(metrics).toMatch(/^stream_manager_bytes_received\{stream="yard"\} [1-9]/m);
  });
});

describe('recording around events', () => {
  it('keeps nothing until something happens, then what was before it too, and ends after it', async () => {
    await using cameras = await SyntheticCameras.start({ count: 1 });
    await using installation = await Installation.start();
    const { api, dataDir } = installation;
    const { socket, heard } = await listen(installation);
    const events = { on: ['alert.opened'], before: 2, after: 1 };
    const recording = { enabled: true, events };
    await api.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: cameras.urls[0], recording });
    await ofType(heard, 'stream.started');
    const thresholds = { min_fps: 900, for_seconds: 1 };
    const rule = { name: 'Slow', kind: 'stream_quality', thresholds };
    const { id } = (await api.expect(201, 'POST', '/api/v1/alert-rules', rule)) as { id: string };
    expect(await footage(dataDir, 'yard')).toEqual([]);
    await ofType(heard, 'alert.opened');
    const opened = Date.now();
    await ofType(heard, 'recording.started');
    await api.expect(200, 'PUT', `/api/v1/alert-rules/${id}`, { enabled: false });
    await ofType(heard, 'alert.resolved');
    const resolved = Date.now();
    await ofType(heard, 'recording.stopped');
    const [row, ...more] = await api.recordings('yard');
    expect([row!.closed, more]).toEqual([true, []]);
    const start = Date.parse(row!.created_at);
    expect(start).toBeLessThan(opened - 1_500);
    expect(start + row!.duration * 1000).toBeGreaterThan(resolved);
    const [file] = await footage(dataDir, 'yard');
    expect((await probe(file!.path)).duration).toBeCloseTo(row!.duration, 1);
    socket.terminate();
  });
});
