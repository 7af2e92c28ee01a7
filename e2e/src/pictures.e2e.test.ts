import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Passthrough } from './footage/passthrough.ts';
import { prepareImages, watchImage } from './harness/image.ts';
import { Browser, eventually, Installation, Program, REPOSITORY } from './harness/index.ts';
import { SigningProxy } from './harness/signing-proxy.ts';

const CONFIG = `network:
  allow: ["127.0.0.1/32"]
recording:
  segment_duration: 86400
limits: {reads_per_minute: 1000000, writes_per_minute: 1000000, proxy_calls_per_minute: 1000000}
`;
const SECRET = 'canary-Pa55word';
const MINUTE = 60_000;

let cameras: Program;
let installation: Installation;
let proxy: SigningProxy;
let port: string;

beforeAll(async () => {
  cameras = await Program.start({
    name: 'cameras',
    command: process.execPath,
    args: [
      ...['media/src/testing/cli.ts', '--port', '0', '--camera', 'yard'],
      ...['--camera', `locked=door,user=admin,password=${SECRET}`],
    ],
    cwd: REPOSITORY,
  });
  const [, open] = await cameras.line(/rtsp:\/\/[^/]*:(\d+)\/yard/, 15_000);
  // A camera that asks for a password has a port of its own.
  port = (await cameras.line(/rtsp:\/\/[^/]*:(\d+)\/locked/, 15_000))[1]!;
  installation = await Installation.start({ config: CONFIG });
  proxy = await SigningProxy.start(installation.api);
  await installation.api.addStream({
    id: 'yard',
    source_url: `rtsp://127.0.0.1:${open}/yard`,
    recording: { enabled: true },
  });
  await eventually(
    'the stream is live',
    async () => (await installation.api.stream('yard')).status === 'active',
    {
      timeoutMs: 15_000,
    },
  );
});

afterAll(async () => {
  expect(installation?.logs()).not.toContain(SECRET);
  await proxy?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

/** Pixel processes of the installation. */
async function pixelProcesses(): Promise<number[]> {
  const processes = await installation.processes();
  return processes.filter(({ command }) => /\/vision\b[^/]*\.js/.test(command)).map(({ pid }) => pid);
}

const noneLeft = (timeoutMs: number): Promise<unknown> =>
  eventually('no pixel process', async () => (await pixelProcesses()).length === 0, { timeoutMs });

/** A viewer of a multipart that counts its pictures. */
class Multipart {
  pictures = 0;
  lastAt = 0;
  readonly #leaving = new AbortController();
  readonly done: Promise<void>;
  status = 0;

  constructor(path: string) {
    this.done = this.#read(path).catch(() => undefined);
  }

  leave(): Promise<void> {
    this.#leaving.abort();
    return this.done;
  }

  async #read(path: string): Promise<void> {
    const response = await fetch(proxy.base + path, { signal: this.#leaving.signal });
    this.status = response.status;
    let tail = '';
    for await (const chunk of response.body!) {
      const text = tail + Buffer.from(chunk).toString('latin1');
      const boundaries = text.split('--frame\r\n').length - 1;
      this.pictures += boundaries;
      if (boundaries > 0) this.lastAt = performance.now();
      tail = text.slice(
        text.lastIndexOf('--frame\r\n') < 0
          ? -8
          : Math.max(text.length - 8, text.lastIndexOf('--frame\r\n') + 9),
      );
    }
  }
}

const behind = (utc: number, shown: number): number => (((utc - shown) % MINUTE) + MINUTE) % MINUTE;

describe('pictures of a camera', () => {
  it('cost nothing while nobody asks for one', async () => {
    expect(await pixelProcesses()).toEqual([]);
  });

  it('move in an <img>, the first within 500 ms, and are never far behind', async () => {
    await using browser = await Browser.start();
    await prepareImages(browser.page);
    await browser.page.goto(`${proxy.base}/health`);
    // The process is started by the first; the second finds what a wall of cameras does.
    await watchImage(browser.page, '/live/yard/mjpeg?width=640', 1_500);
    const sights = await watchImage(browser.page, '/live/yard/mjpeg?width=640', 4_000);
    const shown = sights.flatMap((sight) =>
      sight.shown === undefined ? [] : [{ ...sight, shown: sight.shown }],
    );
    expect(shown.length).toBeGreaterThan(40);
    expect(shown[0]!.width).toBe(640);
    const late = shown.map(({ utc, shown: time }) => behind(utc, time)).sort((a, b) => a - b);
    console.log(
      `first picture after ${Math.round(shown[0]!.after)} ms; behind by ${late[late.length >> 1]} ms (median), ${late.at(-1)} ms at most`,
    );
    for (let i = 1; i < shown.length; i++)
      expect(behind(shown[i]!.shown, shown[i - 1]!.shown)).toBeLessThan(2_000);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'are back within 5 s for ten viewers whose pixel process got a %s; passed through, none is lost',
    async (signal) => {
      const { base, token } = installation.api;
      const passed = new Passthrough(`${base}/live/yard/stream.mp4`, `Bearer ${token}`);
      const viewers = Array.from({ length: 10 }, () => new Multipart('/live/yard/mjpeg?width=640'));
      await eventually('pictures', () => viewers.every(({ pictures }) => pictures > 10), {
        timeoutMs: 15_000,
      });
      const [pid, ...others] = await pixelProcesses();
      expect(others).toEqual([]);
      const watching = await installation.api.expect(
        200,
        'GET',
        '/api/viewers?stream_id=yard&protocol=mjpeg',
      );
      expect(watching).toMatchObject({ total: 10 });
      const at = performance.now();
      process.kill(pid!, signal);
      await pause(300);
      const before = viewers.map(({ pictures }) => pictures);
      const again = () => viewers.every(({ pictures }, index) => pictures > before[index]! + 2);
      await eventually('pictures again', again, { timeoutMs: 8_000, everyMs: 10 });
      console.log(`pictures again ${Math.round(performance.now() - at)} ms after ${signal}`);
      expect(performance.now() - at).toBeLessThan(5_500);
      await Promise.all([passed, ...viewers].map((viewer) => viewer.leave()));
      const { steps } = passed;
      expect(steps.length).toBeGreaterThan(20);
      // 25 a second, every one of them.
      expect(steps.filter((step) => Math.abs(step - 0.04) > 0.001)).toEqual([]);
      await noneLeft(3_000);
      expect((await installation.api.stream('yard')).status).toBe('active');
    },
  );
});

describe('the stream proxy (S1)', () => {
  const address = (path: string, more = ''): string =>
    `/api/stream-proxy?url=${encodeURIComponent(`rtsp://127.0.0.1:${port}/${path}`)}${more}`;
  const signedIn = `&username=admin&password=${SECRET}`;

  it('shows any camera in an <img> that moves, and nothing is left 2 s after the last viewer', async () => {
    await using browser = await Browser.start();
    await prepareImages(browser.page);
    await browser.page.goto(`${proxy.base}/health`);
    const sights = await watchImage(browser.page, address('locked', signedIn), 5_000);
    const moving = sights.filter(({ shown }) => shown !== undefined);
    expect(moving.length).toBeGreaterThan(30);
    await noneLeft(2_000);
    expect(await installation.api.streams()).toHaveLength(1);
  });

  it('pulls once for several viewers of one camera', async () => {
    const viewers = [1, 2, 3].map(() => new Multipart(address('locked', signedIn)));
    await eventually('pictures', () => viewers.every(({ pictures }) => pictures > 5), { timeoutMs: 15_000 });
    expect(await pixelProcesses()).toHaveLength(1);
    await Promise.all(viewers.map((viewer) => viewer.leave()));
    await noneLeft(2_000);
  });

  it.each([
    ['another password', () => address('locked', '&username=admin&password=x'), 401, 'unauthorized'],
    ['no password', () => address('locked'), 401, 'unauthorized'],
    ['nothing at the path', () => address('nowhere', signedIn), 500, 'internal_error'],
    ['nobody at the port', () => '/api/stream-proxy?url=rtsp://127.0.0.1:9/x', 500, 'internal_error'],
    ['a refused address', () => '/api/stream-proxy?url=rtsp://169.254.169.254/x', 500, 'internal_error'],
  ])('says why there is no picture: %s', async (_, path, status, code) => {
    const answer = await installation.api.request('GET', path());
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { code, message: expect.stringMatching(/.{5}/) },
    ]);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    await noneLeft(2_500);
  });

  it('takes two calls a minute of one user when nothing else is said', async () => {
    await using strict = await Installation.start({ config: 'network: {allow: ["127.0.0.1/32"]}\n' });
    const call = () => strict.api.request('GET', '/api/stream-proxy?url=rtsp://127.0.0.1:9/x');
    expect([(await call()).status, (await call()).status]).toEqual([500, 500]);
    const third = await call();
    expect(third.status).toBe(429);
    expect(third.body).toMatchObject({ code: 'too_many_requests' });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('stills', () => {
  it('come from the live stream and from footage, with headers that caches understand', async () => {
    const get = (path: string, headers: Record<string, string> = {}) => fetch(proxy.base + path, { headers });
    await get('/live/yard/snapshot.jpg');
    const began = performance.now();
    const still = await get('/live/yard/snapshot.jpg?width=320');
    const jpeg = Buffer.from(await still.arrayBuffer());
    console.log(`warm snapshot ${Math.round(performance.now() - began)} ms`);
    expect(still.status).toBe(200);
    expect(still.headers.get('content-type')).toBe('image/jpeg');
    expect(still.headers.get('cache-control')).toBe('private, no-cache');
    expect(jpeg.toString('hex', 0, 2) + jpeg.toString('hex', jpeg.length - 2)).toBe('ffd8ffd9');
    const time = new Date(Date.now() - 3_000).toISOString();
    const recorded = await get(`/live/yard/still.jpg?time=${time}&width=320`);
    expect(recorded.status).toBe(200);
    const shown = Date.parse(recorded.headers.get('x-picture-time')!);
    expect(Date.parse(time) - shown).toBeGreaterThanOrEqual(0);
    expect(Date.parse(time) - shown).toBeLessThan(100);
  });

  it.each([
    ['/live/nobody/snapshot.jpg', 404],
    ['/live/nobody/mjpeg', 404],
    ['/live/yard/snapshot.jpg?width=1', 400],
    ['/live/yard/mjpeg?quality=101', 400],
    ['/live/yard/still.jpg?time=yesterday', 400],
    ['/live/yard/still.jpg?time=2001-01-01T00:00:00Z', 404],
  ])('%s is refused with %d in the dialect of the surface', async (path, status) => {
    const answer = await installation.api.request('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  });
});

describe('with the ffmpeg program instead of the library', () => {
  it('there are pictures all the same, and no address on a command line', async () => {
    await using other = await Installation.start({ config: CONFIG, env: { NIGHTJAR_VISION: 'command' } });
    await other.api.addStream({
      id: 'locked',
      source_url: `rtsp://admin:${SECRET}@127.0.0.1:${port}/locked`,
    });
    const active = async () => (await other.api.stream('locked')).status === 'active';
    await eventually('the stream is live', active, { timeoutMs: 15_000 });
    const still = await other.api.request('GET', '/live/locked/snapshot.jpg?width=320');
    expect([still.status, still.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    const leaving = new AbortController();
    const response = await fetch(`${other.api.base}/live/locked/mjpeg?width=320`, {
      headers: { authorization: `Bearer ${other.token}` },
      signal: leaving.signal,
    });
    let bytes = 0;
    let commands: string[] = [];
    for await (const chunk of response.body!) {
      bytes += chunk.length;
      if (bytes < 200_000) continue;
      commands = (await other.processes()).map(({ command }) => command);
      break;
    }
    expect(commands.filter((command) => command.startsWith('ffmpeg '))).toHaveLength(1);
    for (const command of commands) expect(command).not.toMatch(/rtsp:|canary/);
    leaving.abort();
  });
});
