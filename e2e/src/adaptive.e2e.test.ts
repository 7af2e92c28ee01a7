import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  eventually,
  type Installation,
  OneCamera,
  outputOf,
  processesWith,
  REPOSITORY,
} from './harness/index.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
const [WIDTH, HEIGHT] = [854, 480];
const SIZE = WIDTH * HEIGHT;
const HLS_JS = join(REPOSITORY, 'node_modules/hls.js/dist/hls.min.js');
/** Bytes a second of a network that the original does not fit through. */
const NARROW = 80_000;

let one: OneCamera;
let installation: Installation;
/** Of somebody who may watch, and may not see originals. */
let eye: string;

beforeAll(async () => {
  one = await OneCamera.start();
  installation = one.installation;
  eye = await one.tokenWith(['streams:read']);
}, 60_000);
afterAll(() => one?.[Symbol.asyncDispose]());

const pixelProcesses = async () =>
  (await processesWith(`NIGHTJAR_DATA_DIR=${installation.dataDir}`)).filter(({ command }) =>
    command.includes('vision'),
  );
const text = async (path: string) => String(await installation.api.expect(200, 'GET', `/live/yard/${path}`));

/** Pictures that ffmpeg decodes of a lower rendition, as grey levels. */
async function seen(path: string, token: string, count: number): Promise<Buffer[]> {
  const input = [
    '-headers',
    `Authorization: Bearer ${token}\r\n`,
    '-i',
    `${installation.api.base}/live/yard/${path}`,
  ];
  const output = [
    '-an',
    '-frames:v',
    String(count),
    '-vf',
    `scale=${WIDTH}:${HEIGHT},format=gray`,
    '-f',
    'rawvideo',
  ];
  const raw = await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...output, 'pipe:1'], {
    timeoutMs: 30_000,
  });
  return Array.from({ length: raw.length / SIZE }, (_, i) => raw.subarray(i * SIZE, (i + 1) * SIZE));
}
const isClear = (data: Buffer): boolean => readClockBar({ data, width: WIDTH, height: HEIGHT }) !== undefined;

describe('lower renditions', () => {
  it('are listed without being made; the plain playlist has the original alone', async () => {
    const list = await text('adaptive.m3u8');
    const sizes = [...list.matchAll(/RESOLUTION=(\d+x\d+)/g)].map(([, size]) => size);
    expect(sizes).toEqual(['1280x720', '426x240']);
    expect(list.match(/^.*video\.m3u8$/gm)).toEqual(['video.m3u8', 'lower/240p/video.m3u8']);
    expect((await text('index.m3u8')).match(/RESOLUTION/g)).toHaveLength(1);
    expect(await pixelProcesses()).toEqual([]);
  });

  it('play with the clock that the camera burns in, on its times', async () => {
    const pictures = await seen('lower/480p/video.m3u8', installation.token, 50);
    expect(pictures).toHaveLength(50);
    const clocks = pictures.map((data) => readClockBar({ data, width: WIDTH, height: HEIGHT }) ?? Number.NaN);
    const steps = clocks.slice(1).map((at, i) => at - clocks[i]!);
    expect(steps.filter((step) => step === 40).length).toBeGreaterThan(45);
    const args = ['-v', 'error', '-headers', `Authorization: Bearer ${installation.token}\r\n`];
    const entries = ['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
    const url = `${installation.api.base}/live/yard/lower/240p/video.m3u8`;
    const probed = (await outputOf('ffprobe', [...args, ...entries, url], { timeoutMs: 30_000 })).toString();
    expect(probed.trim().split('\n')[0]).toBe('h264,426,240');
    expect(await pixelProcesses()).toHaveLength(1);
  });

  it.each([
    ['lower/481p/video.m3u8', 404],
    ['lower/480p/index.m3u8', 404],
    ['lower/480p/ts/index.m3u8', 404],
    ['lower/480p/../index.m3u8x', 404],
    ['adaptive.m3u8?dvr=60', 400],
  ])('%s: %i', async (path, status) => {
    await installation.api.expect(status, 'GET', `/live/yard/${path}`);
  });

  it.runIf(SOAK)('are what hls.js takes on a narrow network', { timeout: 60_000 }, async () => {
    await using browser = await Browser.start();
    const { page } = browser;
    await page.goto(`${installation.api.base}/`);
    await page.evaluate(await readFile(HLS_JS, 'utf8'));
    const { ticket } = (await installation.api.expect(201, 'POST', '/live/yard/ticket')) as {
      ticket: string;
    };
    const network = await page.context().newCDPSession(page);
    const through = { downloadThroughput: NARROW, uploadThroughput: NARROW, latency: 20, offline: false };
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', through);
    await page.evaluate(`
      const video = document.body.appendChild(document.createElement('video'));
      video.muted = true;
      const hls = new Hls({ lowLatencyMode: false, liveSyncDurationCount: 2 });
      hls.loadSource('/live/yard/adaptive.m3u8?ticket=${ticket}');
      hls.attachMedia(video);
      void video.play().catch(() => undefined);
      globalThis.seen = () => ({ height: video.videoHeight, time: video.currentTime, level: hls.currentLevel });
    `);
    type Seen = { height: number; time: number; level: number };
    const shown = () => page.evaluate('globalThis.seen()') as Promise<Seen>;
    const low = await eventually(
      'a lower rendition plays',
      async () => {
        const now = await shown();
        return now.height > 0 && now.height < 720 && now.time > 0 && now;
      },
      { timeoutMs: 40_000, everyMs: 200 },
    );
    // It counts them from the lowest.
    expect(low.level).toBe(0);
    await eventually('and goes on', async () => (await shown()).time > low.time + 2, {
      timeoutMs: 20_000,
      everyMs: 200,
    });
  });

  it('of a private stream are covered, but for who may see the original', { timeout: 60_000 }, async () => {
    await installation.api.expect(200, 'PUT', '/api/streams/yard', { privacy: { enabled: true } });
    await one.live();
    const covered = await seen('lower/480p/video.m3u8', eye, 25);
    expect([covered.length, covered.filter(isClear).length]).toEqual([25, 0]);
    const original = await seen('lower/480p/video.m3u8', installation.token, 25);
    expect(original.filter(isClear).length).toBeGreaterThan(20);
  });
});
