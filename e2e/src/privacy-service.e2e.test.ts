import { createServer, type Server } from 'node:net';
import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Installation, outputOf, Program, REPOSITORY } from './harness/index.ts';
import { vlcPlays } from './players/vlc.ts';

const [WIDTH, HEIGHT] = [1280, 720];

let cameras: Program;
let installation: Installation;
let silent: Server;
let ownPort: number;
/** Of servers outside that may be published to: one listens when a test says so, at the other nobody does. */
let [outsidePort, closedPort] = [0, 0];
let silentPort: number;
let cameraPort: string;
/** The answer about a camera that never says a word; it takes its 10 s while other things are tried. */
let slow: Promise<Answer>;

beforeAll(async () => {
  cameras = await Program.start({
    name: 'cameras',
    command: process.execPath,
    args: [
      'media/src/testing/cli.ts',
      '--port',
      '0',
      '--camera',
      '01057432025-01057432025=yard',
      '--camera',
      'door',
    ],
    cwd: REPOSITORY,
  });
  cameraPort = (await cameras.line(/rtsp:\/\/[^/]*:(\d+)\/01057432025/, 15_000))[1]!;
  // It takes connections and never says a word.
  silent = createServer((socket) => socket.on('error', () => socket.destroy()));
  silentPort = await listen(silent);
  [ownPort, outsidePort, closedPort] = await freePorts();
  const config = `network:
  allow: ["127.0.0.1/32"]
surfaces:
  privacy:
    port: ${ownPort}
    auth: none
    output_allow: ["127.0.0.1:${outsidePort}", "127.0.0.1:${closedPort}"]
limits: {reads_per_minute: 1000000, writes_per_minute: 1000000}
`;
  installation = await Installation.start({ config });
}, 60_000);

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
  silent?.close();
});

async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number, number];
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

interface Answer<T = Record<string, unknown>> {
  status: number;
  body: { success?: boolean; data: T; code?: string; message?: string; details?: Record<string, unknown> };
}

/** S5 at its own port and paths, as its document writes them. */
async function ask<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const response = await fetch(`http://127.0.0.1:${ownPort}/api/streams${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(25_000),
  });
  return { status: response.status, body: (await response.json()) as Answer<T>['body'] };
}

const camera = (path = '01057432025-01057432025') => `rtsp://127.0.0.1:${cameraPort}/${path}`;
const byInput = (url: string) =>
  ask<Record<string, string>>('GET', `/by-input?input_url=${encodeURIComponent(url)}`);
const output = (path: string) => `rtsp://127.0.0.1:${installation.ports.rtsp}/${path}`;

/** Every picture that a player decodes in so many seconds, as grey levels. */
async function played(url: string, transport: 'tcp' | 'udp', seconds = 2): Promise<Buffer[]> {
  const scale = `scale=${WIDTH}:${HEIGHT},format=gray`;
  const raw = await outputOf('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-rtsp_transport', transport, '-i', url, '-an', '-t', String(seconds)],
    ...['-vf', scale, '-f', 'rawvideo', 'pipe:1'],
  ]);
  return picturesIn(raw);
}

function picturesIn(raw: Buffer): Buffer[] {
  const size = WIDTH * HEIGHT;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, i) =>
    raw.subarray(i * size, (i + 1) * size),
  );
}

const clear = (pictures: readonly Buffer[]): number =>
  pictures.filter((data) => readClockBar({ data, width: WIDTH, height: HEIGHT }) !== undefined).length;

/** A start that sends the output to this port, where no RTSP server is or none may be named. */
const publishedTo = (port: number) =>
  ask('POST', '/elsewhere/start', {
    rtsp_url: camera('door'),
    output_url: `rtsp://127.0.0.1:${port}/a-blur`,
  });

describe('the privacy service as its document says', () => {
  it('scenario 1: finds or makes by input, ten callers at once, and the output plays covered over TCP and UDP', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => byInput(camera())));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const ids = new Set(answers.map(({ body }) => body.data['stream_id']));
    expect(ids.size).toBe(1);
    const [id] = [...ids];
    expect(id).toMatch(/^auto-[0-9a-f]{8}$/);
    for (const { body } of answers) {
      expect(body).toMatchObject({
        success: true,
        data: { input_url: camera(), output_url: output('01057432025-blur'), name: id, status: 'running' },
      });
    }
    const messages = answers.map(({ body }) => body.data['message']);
    expect(messages.filter((message) => message === '새로운 스트림이 생성되었습니다.')).toHaveLength(1);
    expect(messages.filter((message) => message === '기존 스트림을 찾았습니다.')).toHaveLength(9);
    const list = await ask<unknown[]>('GET', '');
    expect(list.body.data).toHaveLength(1);
    for (const transport of ['tcp', 'udp'] as const) {
      const pictures = await played(output('01057432025-blur'), transport);
      expect(pictures.length).toBeGreaterThan(15);
      expect(clear(pictures)).toBe(0);
    }
    // The detector finds what is clear.
    const original = await played(camera(), 'tcp', 1);
    expect(clear(original)).toBe(original.length);
  });

  it('VLC plays the output as HLS', async () => {
    const [line] = (await ask<Record<string, string>[]>('GET', '')).body.data;
    const id = line!['stream_id']!;
    const { api } = installation;
    const { ticket } = (await api.expect(201, 'POST', `/live/${id}/ticket`)) as { ticket: string };
    const { complaints } = await vlcPlays(`${api.base}/live/${id}/index.m3u8?ticket=${ticket}`, { h264: 20 });
    expect(complaints).toEqual([]);
  });

  it('list and details say what they say in the document', async () => {
    const [line] = (await ask<Record<string, unknown>[]>('GET', '')).body.data;
    const id = String(line!['stream_id']);
    const flowing = async () => ((await ask('GET', `/${id}`)).body.data['stats'] as { fps: number }).fps > 5;
    await eventually('figures', flowing, { timeoutMs: 8_000 });
    const { status, body } = await ask<Record<string, unknown>>('GET', `/${id}`);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      stream_id: id,
      status: 'running',
      config: { rtsp_url: camera(), max_fps: 15, downscale: 1, output_url: output('01057432025-blur') },
      stats: { error_count: 0, last_frame_ts: expect.any(Number) },
    });
    expect((body.data['stats'] as { last_frame_ts: number }).last_frame_ts).toBeCloseTo(
      Date.now() / 1000,
      -1,
    );
    // One domain: the same stream, the same id.
    expect((await installation.api.stream(id)).status).toBe('active');
  });

  it('scenarios 4 and 5: restart, stop and again', async () => {
    const [line] = (await ask<Record<string, string>[]>('GET', '')).body.data;
    const id = line!['stream_id']!;
    expect(await ask('POST', `/${id}/stop`)).toEqual({
      status: 200,
      body: { success: true, data: { stream_id: id, status: 'STOPPED' } },
    });
    expect((await ask('GET', `/${id}`)).body.data['status']).toBe('STOPPED');
    // Found as it is: not started again.
    expect((await byInput(camera())).body.data).toMatchObject({ stream_id: id, status: 'STOPPED' });
    expect(await ask('POST', `/${id}/restart`)).toEqual({
      status: 200,
      body: { success: true, data: { stream_id: id, status: 'running' } },
    });
    expect((await ask('POST', `/${id}/restart`)).body.data['status']).toBe('running');
  });

  it('scenario 3: starts under an id of the caller, with settings', async () => {
    slow = ask('POST', '/slow/start', { rtsp_url: `rtsp://127.0.0.1:${silentPort}/a` });
    const body = {
      rtsp_url: camera('door'),
      max_fps: 5,
      downscale: 0.5,
      output_url: output('hall/door-blur'),
    };
    const { status, body: answer } = await ask('POST', '/my-stream-1/start', body);
    expect(status).toBe(200);
    expect(answer.data).toEqual({ stream_id: 'my-stream-1', status: 'running', config: body });
    const { stdout } = await probe(output('hall/door-blur'));
    expect(stdout).toContain('640,360');
    expect((await ask('POST', '/my-stream-1/disconnect')).status).toBe(200);
  });

  it('publishes to a server outside that is listed, covered, until the stream is disconnected', async () => {
    const url = `rtsp://127.0.0.1:${outsidePort}/hall/door-blur`;
    const raw = outputOf('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-rtsp_flags', 'listen', '-i', url, '-an', '-t', '2'],
      ...['-vf', `scale=${WIDTH}:${HEIGHT},format=gray`, '-f', 'rawvideo', 'pipe:1'],
    ]);
    const body = { rtsp_url: camera('door'), max_fps: 10, downscale: 1, output_url: url };
    const { status, body: answer } = await ask('POST', '/outside/start', body);
    expect([status, answer.data]).toEqual([200, { stream_id: 'outside', status: 'running', config: body }]);
    const pictures = picturesIn(await raw);
    expect(pictures.length).toBeGreaterThan(10);
    expect(clear(pictures)).toBe(0);
    expect((await ask('POST', '/outside/disconnect')).status).toBe(200);
  });

  it('registers anew, and disconnects with nothing left', async () => {
    const [line] = (await ask<Record<string, string>[]>('GET', '')).body.data;
    const before = line!['stream_id']!;
    const registered = await ask('POST', '/register', { rtsp_url: camera() });
    expect(registered).toEqual({
      status: 200,
      body: { success: true, data: { output_url: output('01057432025-blur') } },
    });
    const after = (await byInput(camera())).body.data['stream_id']!;
    expect(after).not.toBe(before);
    expect((await ask('GET', `/${before}`)).status).toBe(404);
    const gone = {
      status: 200,
      body: {
        success: true,
        data: { stream_id: after, status: 'DISCONNECTED', message: '연결이 완전히 종료되었습니다.' },
      },
    };
    const began = performance.now();
    expect(await ask('POST', `/${after}/disconnect`)).toEqual(gone);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await ask('POST', `/${after}/disconnect`)).toEqual(gone);
    const left = (await ask<{ stream_id: string }[]>('GET', '')).body.data;
    expect(left.map(({ stream_id }) => stream_id)).toEqual(['slow']);
    await expect(played(output('01057432025-blur'), 'tcp')).rejects.toThrow();
    await eventually(
      'no pixel process',
      async () => !(await installation.processes()).some(({ command }) => /\/vision\b/.test(command)),
      { timeoutMs: 5_000 },
    );
  });

  it.each([
    [400, 'INVALID_CONFIGURATION', () => byInput('http://127.0.0.1/a')],
    [400, 'INVALID_CONFIGURATION', () => byInput('rtsp://127.0.0.1')],
    [400, 'INVALID_CONFIGURATION', () => ask('POST', '/register', { rtsp_url: 'no address' })],
    [400, 'INVALID_CONFIGURATION', () => ask('POST', '/register', {})],
    [400, 'INVALID_CONFIGURATION', () => byInput('rtsp://169.254.169.254/latest')],
    [
      400,
      'INVALID_CONFIGURATION',
      () => ask('POST', '/x/start', { rtsp_url: camera(), output_url: 'rtsp://192.0.2.7:8554/a-blur' }),
    ],
    [404, 'STREAM_NOT_FOUND', () => ask('GET', '/nobody')],
    [404, 'STREAM_NOT_FOUND', () => ask('POST', '/nobody/stop')],
    [404, 'STREAM_NOT_FOUND', () => ask('POST', '/nobody/restart')],
    [502, 'CAMERA_UNREACHABLE', () => byInput('rtsp://127.0.0.1:1027/nothing')],
    [502, 'CAMERA_UNREACHABLE', () => byInput(camera('no-such-camera'))],
    [502, 'CAMERA_UNREACHABLE', () => publishedTo(closedPort)],
    [400, 'INVALID_CONFIGURATION', () => publishedTo(silentPort)],
    [503, 'TIMED_OUT', () => slow],
  ])(
    'answers %d %s',
    async (status, code, call) => {
      const answer = await call();
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ code, message: expect.any(String), details: expect.any(Object) });
      if (status === 404)
        expect(answer.body).toEqual({
          code,
          message: '스트림을 찾을 수 없습니다: nobody',
          details: { stream_id: 'nobody' },
        });
    },
    30_000,
  );

  it('leaves nothing of inputs that were not there, and has nothing else on its port', async () => {
    for (const id of ['slow', 'elsewhere']) await ask('POST', `/${id}/disconnect`);
    expect((await ask<unknown[]>('GET', '')).body.data).toEqual([]);
    const other = (path: string) => fetch(`http://127.0.0.1:${ownPort}${path}`).then(({ status }) => status);
    expect(
      await Promise.all(['/', '/health', '/api/config', '/api/streamsx', '/privacy/api/streams'].map(other)),
    ).toEqual(Array(5).fill(404));
  });

  it('asks for a token at the port of all surfaces', async () => {
    const path = '/privacy/api/streams';
    expect((await fetch(`${installation.api.base}${path}`)).status).toBe(401);
    expect((await installation.api.request('GET', path)).body).toEqual({ success: true, data: [] });
  });
});

async function probe(url: string): Promise<{ stdout: string }> {
  const stdout = await outputOf('ffprobe', [
    ...['-v', 'error', '-rtsp_transport', 'tcp', '-select_streams', 'v'],
    ...['-show_entries', 'stream=width,height', '-of', 'csv=p=0', url],
  ]);
  return { stdout: String(stdout) };
}
