import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  Browser,
  eventually,
  type Installation,
  OneCamera,
  outputOf,
  type Watching,
  watchByWhep,
} from '../harness/index.ts';

const ID = 'yard';
const [WIDTH, HEIGHT] = [1280, 720];
const SIZE = WIDTH * HEIGHT;
const GREY = ['-an', '-vf', `scale=${WIDTH}:${HEIGHT},format=gray`, '-f', 'rawvideo', 'pipe:1'];
/** Milliseconds of live pictures that are looked at. */
const WATCHED = 2_000;

let one: OneCamera;
let installation: Installation;
let browser: Browser;
let folder: string;
/** Of somebody who may do all but see originals. */
let eye: string;
let began: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-e2e-outputs-'));
  one = await OneCamera.start({
    ...{ recording: { enabled: true }, privacy: { enabled: true, cover: ['full'], record: 'both' } },
  });
  installation = one.installation;
  const scopes = ['streams:read', 'recordings:read', 'snapshots:read', 'bookmarks:read'];
  const more = ['snapshots:write', 'bookmarks:write'];
  eye = await one.tokenWith([...scopes, ...more]);
  began = Date.now();
  browser = await Browser.start();
  await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
  await browser.page.goto(`${installation.api.base}/health`);
}, 90_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await one?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Pictures that were looked at, and how many show the camera's clock. */
interface Seen {
  readonly all: number;
  readonly clear: number;
}

async function seenIn(...input: string[]): Promise<Seen> {
  const raw = Buffer.from(await outputOf('ffmpeg', ['-nostdin', '-v', 'quiet', ...input, ...GREY]));
  const pictures = Array.from({ length: Math.floor(raw.length / SIZE) }, (_, i) =>
    raw.subarray(i * SIZE, (i + 1) * SIZE),
  );
  const clear = pictures.filter((data) => readClockBar({ data, width: WIDTH, height: HEIGHT }) !== undefined);
  return { all: pictures.length, clear: clear.length };
}

async function seenInBytes(name: string, bytes: Uint8Array): Promise<Seen> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return seenIn('-i', file);
}

async function get(path: string, token: string): Promise<Uint8Array> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(new URL(path, installation.api.base), { headers });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** An answer that comes when what was asked for is ready. */
async function ask(path: string, body: object, token: string): Promise<{ id: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const made = await installation.api.request('POST', path, body, headers);
  if (made.status >= 300) throw new Error(`${path}: ${made.status} ${JSON.stringify(made.body)}`);
  return made.body as { id: string };
}

async function overMse(token: string): Promise<Seen> {
  const url = new URL(`/live/${ID}/mse`, installation.api.base);
  url.protocol = 'ws:';
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  const parts: Buffer[] = [];
  let last = 0;
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('message', (data, binary) => {
      if (!binary) return;
      parts.push(data as Buffer);
      last ||= Date.now();
      if (Date.now() - last > WATCHED) resolve();
    });
  });
  await whole;
  socket.terminate();
  return seenInBytes('mse.mp4', Buffer.concat(parts));
}

async function overWebRtc(token: string): Promise<Seen> {
  const request = { path: `/whep/${ID}`, token };
  const { index } = (await browser.page.evaluate(watchByWhep as never, request as never)) as Watching;
  // Runs in the page: each picture that comes to the screen.
  return (await browser.page.evaluate(`(async () => {
    const { video, peer } = viewers[${index}];
    const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT});
    const context = canvas.getContext('2d', { willReadFrequently: true });
    let [all, clear] = [0, 0];
    const until = performance.now() + ${WATCHED};
    while (performance.now() < until) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      context.drawImage(video, 0, 0, ${WIDTH}, ${HEIGHT});
      all++;
      if (readClockBar(context.getImageData(0, 0, ${WIDTH}, ${HEIGHT})) !== undefined) clear++;
    }
    peer.close();
    return { all, clear };
  })()`)) as Seen;
}

const overRtmp = (token: string): Promise<Seen> =>
  seenIn(
    '-i',
    `rtmp://127.0.0.1:${installation.ports.rtmp}/live/${ID}?token=${token}`,
    '-t',
    String(WATCHED / 1000),
  );

async function bookmarked(token: string): Promise<[Seen, Seen]> {
  const body = { source: 'historical', center_timestamp: new Date(began + 2_000).toISOString() };
  const window = { before_seconds: 1, after_seconds: 1, label: 'cat', created_by: 'eye' };
  const { id } = await ask(`/v2/streams/${ID}/bookmarks`, { ...body, ...window }, token);
  const path = `/v2/bookmarks/${id}`;
  const headers = { authorization: `Bearer ${token}` };
  const ready = async () =>
    ((await installation.api.request('GET', path, undefined, headers)).body as { status: string }).status ===
    'ready';
  await eventually('the clip', ready, { timeoutMs: 30_000 });
  const clip = await seenInBytes('clip.mp4', await get(`${path}/video`, token));
  return [clip, await seenInBytes('thumbnail.jpg', await get(`${path}/thumbnail`, token))];
}

async function exported(token: string): Promise<Seen> {
  const range = { start: new Date(began).toISOString(), end: new Date(began + 3_000).toISOString() };
  const { id } = await ask('/api/exports', { streams: [ID], ...range }, token);
  const headers = { authorization: `Bearer ${token}` };
  const job = async () =>
    (await installation.api.request('GET', `/api/jobs/${id}`, undefined, headers)).body as { state: string };
  await eventually('the export', async () => (await job()).state === 'completed', { timeoutMs: 30_000 });
  return seenInBytes('export.mp4', await get(`/api/exports/${id}/file`, token));
}

async function snapshot(token: string): Promise<Seen> {
  const { id } = await ask(`/v2/streams/${ID}/snapshots`, { source: 'live', created_by: 'eye' }, token);
  return seenInBytes('snapshot.jpg', await get(`/v2/snapshots/${id}/image`, token));
}

describe('outputs of a stream whose privacy is on', () => {
  it.each([
    ['RTMP', overRtmp],
    ['MSE', overMse],
    ['WebRTC', overWebRtc],
  ])(
    '%s shows no clear picture to whoever may not see it, and clear ones to whoever may',
    async (_, watch) => {
      const covered = await watch(eye);
      expect(covered.clear).toBe(0);
      expect(covered.all).toBeGreaterThan(10);
      const original = await watch(installation.token);
      expect(original.clear).toBeGreaterThan(10);
    },
    60_000,
  );

  it('clips, their thumbnails, snapshots and exports are covered, for everybody', {
    timeout: 90_000,
  }, async () => {
    await eventually('footage', async () => Date.now() > began + 5_000, { timeoutMs: 10_000 });
    for (const token of [eye, installation.token]) {
      const [clip, thumbnail] = await bookmarked(token);
      const [file, still] = [await exported(token), await snapshot(token)];
      for (const { all, clear } of [clip, thumbnail, file, still])
        expect([all > 0, clear]).toEqual([true, 0]);
      expect(Math.min(clip.all, file.all)).toBeGreaterThan(10);
    }
  });
});
