import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClockBar } from '@nightjar/media/testing';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeComplaints, greyFrames, probe } from './footage/ffmpeg.ts';
import type { RecordingRow } from './harness/api.ts';
import {
  Browser,
  eventually,
  footage,
  type Installation,
  minuteDifference,
  monotonicMs,
  OneCamera,
  ProductPage,
  recordsAgain,
  runCommand,
  type SyntheticCameras,
} from './harness/index.ts';

const SIZE = { width: 1280, height: 720 };
const FRAME_MS = 40;
/** Seconds of a file; three times that is recorded, then the camera is away, then it is recorded again. */
const SEGMENT = 8;

let one: OneCamera;
let cameras: SyntheticCameras;
let installation: Installation;
let folder: string;
/** Oldest first, when the camera was back for a while. */
let rows: RecordingRow[];

const startOf = ({ created_at }: RecordingRow): number => Date.parse(created_at);
const endOf = (row: RecordingRow): number => startOf(row) + row.duration * 1000;
const between = (start: number, end: number) =>
  `start=${new Date(start).toISOString()}&end=${new Date(end).toISOString()}`;
const address = (path: string) => `${installation.api.base}/live/yard/${path}`;
const authorization = () => `authorization: Bearer ${installation.token}`;

async function rowsNow(): Promise<RecordingRow[]> {
  return (await installation.api.recordings('yard')).toReversed();
}

/** Records until `count` files are closed, and the next one has more than 4 s; the index is up to 2 s behind. */
async function recorded(count: number): Promise<void> {
  const enough = async () => {
    const all = await rowsNow();
    const last = all.at(-1);
    return all.length > count && last?.closed === false && last.duration > 4;
  };
  await eventually(`${count} closed files and more`, enough, { timeoutMs: 60_000, everyMs: 100 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-e2e-playback-'));
  one = await OneCamera.start({ recording: { enabled: true, segment_duration: SEGMENT } });
  ({ cameras, installation } = one);
  await recorded(2);
  await installation.api.expect(200, 'POST', '/api/streams/yard/stop');
  const before = new Set((await footage(installation.dataDir, 'yard')).map(({ path }) => path));
  const gone = monotonicMs();
  await eventually('4 s without a camera', () => monotonicMs() - gone > 4000, { timeoutMs: 5000 });
  await installation.api.expect(200, 'POST', '/api/streams/yard/start');
  await recordsAgain(installation, ['yard'], before, 15_000);
  await recorded(5);
  rows = await rowsNow();
});

afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The last file before the gap and the first behind it. */
function gap(): { before: RecordingRow; after: RecordingRow } {
  const at = rows.findIndex((row, i) => i > 0 && startOf(row) - endOf(rows[i - 1]!) > 2000);
  expect(at).toBeGreaterThan(0);
  return { before: rows[at - 1]!, after: rows[at]! };
}

/** The longest closed files before and behind the gap: the first of each may end at once, at a multiple of its time. */
function longest(): RecordingRow[] {
  const { after } = gap();
  const closed = rows.filter((row) => row.closed);
  const halves = [
    closed.filter((row) => startOf(row) < startOf(after)),
    closed.filter((row) => startOf(row) >= startOf(after)),
  ];
  return halves.map((half) => half.reduce((a, b) => (b.duration > a.duration ? b : a)));
}

async function movie(name: string, start: number, end: number, more = ''): Promise<string> {
  const response = await fetch(address(`play.mp4?${between(start, end)}${more}`), {
    headers: { authorization: `Bearer ${installation.token}` },
  });
  expect(response.status).toBe(200);
  const path = join(folder, `${name}.mp4`);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return path;
}

/** What the clock in each picture shows, in milliseconds of the minute. */
async function clocks(file: string, seconds: number): Promise<(number | undefined)[]> {
  const frames = await greyFrames(file, SIZE, ['-t', String(seconds)]);
  return frames.map((data) => readClockBar({ data, ...SIZE }));
}

describe('play.mp4', () => {
  it('is clean for ffprobe and ffmpeg, over a boundary of files and over a gap', async () => {
    const { before, after } = gap();
    const [start, end] = [startOf(before) - 3000, startOf(after) + 3000];
    const seam = await probe(await movie('seam', start, endOf(before) - 1000));
    expect(seam.duration).toBeGreaterThan((endOf(before) - 1000 - start) / 1000 - 0.1);
    expect(seam.duration).toBeLessThan((endOf(before) - 1000 - start) / 1000 + 0.1);
    const skipped = await movie('skipped', start, end);
    const kept = await movie('kept', start, end, '&gaps=keep');
    for (const path of [skipped, kept]) {
      const result = await runCommand('ffmpeg', [
        '-nostdin',
        '-v',
        'warning',
        '-xerror',
        '-i',
        path,
        '-f',
        'null',
        '-',
      ]);
      expect([result.code, result.stderr]).toEqual([0, '']);
    }
    const [short, long] = [await probe(skipped), await probe(kept)];
    expect(long.duration).toBeCloseTo((end - start) / 1000, 0);
    // The camera begins with a burst of up to two seconds: that much of the gap is filled.
    const away = (startOf(after) - endOf(before)) / 1000;
    expect(long.duration - short.duration).toBeGreaterThan(away - 2.2);
    expect(short.video!.packets.length).toBe(long.video!.packets.length);
    for (const { video, audio } of [seam, short, long]) {
      const steps = video!.packets.slice(1).map(({ dts }, i) => dts - video!.packets[i]!.dts);
      expect(Math.min(...steps)).toBeGreaterThan(0);
      expect(audio!.packets.length).toBeGreaterThan(100);
    }
  });

  it('begins with the very picture of its start', async () => {
    const { before } = gap();
    // What the clock was ahead of the engine's when the file's first picture came.
    const path = (await footage(installation.dataDir, 'yard')).find(
      ({ filename }) => filename === before.filename,
    )!.path;
    const offset = (await clocks(path, 0.1))[0]! - startOf(before);
    for (const into of [10, 1290, 2730]) {
      const start = startOf(before) + into;
      const file = await movie(`exact-${into}`, start, start + 600);
      const { packets } = (await probe(file)).video!;
      const hidden = packets.filter(({ pts }) => pts < -0.00001).length;
      const shown = (await clocks(file, 1)).slice(hidden);
      const late = minuteDifference(shown[0]! - (start + offset));
      console.log(`start ${into} ms into the file: picture of ${late} ms, ${hidden} hidden before it`);
      expect(Math.abs(late)).toBeLessThanOrEqual(FRAME_MS);
      expect(shown.length).toBeGreaterThanOrEqual(15);
      for (const [i, clock] of shown.entries()) {
        expect(Math.abs(minuteDifference(clock! - shown[0]!) - i * FRAME_MS)).toBeLessThanOrEqual(2);
      }
    }
  });

  it('names the nearest footage where there is none', async () => {
    const { before, after } = gap();
    const middle = (endOf(before) + startOf(after)) / 2;
    const path = `/live/yard/play.mp4?${between(middle - 300, middle + 300)}`;
    const body = await installation.api.expect(404, 'GET', path);
    expect(JSON.stringify(body)).toMatch(/the one before it ends at 20.*the next one begins at 20/);
  });
});

describe('playback.m3u8', () => {
  it('plays in ffmpeg without a complaint, every picture of it', async () => {
    const url = address(`playback.m3u8?${between(startOf(rows[0]!), endOf(rows.at(-1)!))}`);
    const headers = ['-headers', `${authorization()}\r\n`];
    const args = ['-nostdin', '-v', 'error', '-xerror', '-err_detect', 'explode', ...headers];
    const result = await runCommand('ffmpeg', [...args, '-i', url, '-stats', '-f', 'null', '-']);
    const frames = Number([...result.stderr.matchAll(/frame=\s*(\d+)/g)].at(-1)?.[1]);
    expect([result.code, result.stderr.replace(/frame=[^\n]*\n?/g, '').trim()]).toEqual([0, '']);
    const recorded = rows.reduce((sum, row) => sum + row.duration, 0);
    expect(frames).toBeGreaterThan((recorded - 2) * 25);
  });

  it('of a file that grows has more of it each time', async () => {
    const growing = await eventually(
      'a file that grows',
      async () => (await rowsNow()).find((row) => !row.closed && row.duration >= 3),
      { timeoutMs: 20_000 },
    );
    const range = between(startOf(growing), startOf(growing) + 60_000);
    const file = await movie('growing', startOf(growing), startOf(growing) + 60_000);
    expect((await probe(file)).duration).toBeGreaterThan(1.9);
    const length = async () => {
      const { body } = await installation.api.request('GET', `/live/yard/playback.m3u8?${range}`);
      return [...String(body).matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0);
    };
    const first = await length();
    expect(first).toBeGreaterThan(1.9);
    await eventually('more of it', async () => (await length()) > first, { timeoutMs: 5000 });
  });
});

describe('the live playlist with footage in front', () => {
  /** What ffmpeg copies of it, from its oldest segment up to what comes after the call. */
  async function copied(name: string, from: number, more: number): Promise<string> {
    const seconds = Math.round((Date.now() - from) / 1000);
    const url = address(`index.m3u8?dvr=${seconds}`);
    const file = join(folder, `${name}.mp4`);
    const input = ['-headers', `${authorization()}\r\n`, '-live_start_index', '0', '-i', url];
    const length = String(seconds + more);
    const args = ['-nostdin', '-v', 'error', '-xerror', ...input, '-map', '0', '-c', 'copy', '-t', length];
    const { code, stderr } = await runCommand('ffmpeg', [...args, file]);
    expect([code, stderr]).toEqual([0, '']);
    return file;
  }

  it('has every picture and every sound over the seam, for ffmpeg', async () => {
    const { after } = gap();
    const file = await copied('seam-live', startOf(after) + 3000, 3);
    expect(await decodeComplaints(file)).toBe('');
    const { video, audio } = await probe(file);
    const steps = video!.packets
      .slice(1)
      .map(({ dts }, i) => Math.round((dts - video!.packets[i]!.dts) * 1000));
    expect(steps.filter((step) => step !== FRAME_MS)).toEqual([]);
    const sounds = audio!.packets.slice(1).map(({ pts }, i) => pts - audio!.packets[i]!.pts);
    const usual = sounds.toSorted((a, b) => a - b)[sounds.length >> 1]!;
    expect(sounds.filter((step) => Math.abs(step - usual) > 0.002)).toEqual([]);
  });

  it('marks a gap of the footage as a discontinuity, and goes on behind it', async () => {
    const { before, after } = gap();
    const seconds = Math.round((Date.now() - startOf(before)) / 1000);
    const master = await installation.api.request('GET', `/live/yard/index.m3u8?dvr=${seconds}`);
    expect(String(master.body)).toContain(`video.m3u8?dvr=${seconds}`);
    const { body } = await installation.api.request('GET', `/live/yard/video.m3u8?dvr=${seconds}`);
    const [old = '', ...newer] = String(body).split('#EXT-X-DISCONTINUITY\n').slice(-2);
    expect(newer).toHaveLength(1);
    const first = Date.parse(/#EXT-X-PROGRAM-DATE-TIME:(\S+)/.exec(newer[0]!)![1]!);
    expect(Math.abs(first - startOf(after))).toBeLessThan(2500);
    expect(old).toContain('#EXTINF');
  });

  it('takes a person back and to live again, in the player', async () => {
    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn('?way=mse');
    await product.open('yard');
    await product.playing('yard');
    const { page } = browser;
    const picture = page.locator('.player');
    await picture.focus();
    // Beyond what is in memory, by steps of ten seconds.
    for (const _ of [1, 2]) await page.keyboard.press('ArrowLeft');
    await page.locator('.player[data-rewound="true"][data-phase="playing"]').waitFor({ timeout: 15_000 });
    const moment = () => page.locator('.player-latency time').getAttribute('datetime', { timeout: 5000 });
    const then = async () => {
      const at = Date.parse((await moment()) ?? '');
      const late = minuteDifference((await shownClock(picture))! - cameras.clockAt(0, at));
      return Math.abs(late) <= 1500 && at < Date.now() - 10_000 ? Date.now() - at : undefined;
    };
    const behind = await eventually('the picture of then', then, { timeoutMs: 10_000 });
    console.log(`rewound to ${(behind / 1000).toFixed(1)} s behind live`);
    // Over the seam between files and what was in memory when it began.
    const seen = await product.watch('yard', 10_000);
    expect(seen.advanced).toBeGreaterThan(seen.seconds - 1);
    expect(seen.changes).toBeGreaterThan(seen.seconds * 25 * 0.8);
    await page.locator('.player-to-live').click();
    await page.locator('.player[data-rewound="false"][data-phase="playing"]').waitFor({ timeout: 15_000 });
    expect(await page.locator('.player-protocol').getAttribute('data-protocol')).toBe('mse');
    expect(browser.complaints).toEqual([]);
  });
});

it('curl gets ranges of a recorded file', async () => {
  const { filename } = rows[1]!;
  const whole = await readFile(
    (await footage(installation.dataDir, 'yard')).find((file) => file.filename === filename)!.path,
  );
  const curl = async (...more: string[]) => {
    const out = join(folder, 'curl.out');
    const format = '%{http_code} %header{content-range}';
    const args = ['-sS', '-H', authorization(), '-o', out, '-w', format, ...more];
    const { code, stdout } = await runCommand('curl', [...args, address(`footage/${filename}`)]);
    expect(code).toBe(0);
    return { answer: stdout.toString().trim(), bytes: await readFile(out) };
  };
  const part = await curl('-r', '1000-1999');
  expect(part.answer).toBe(`206 bytes 1000-1999/${whole.length}`);
  expect(part.bytes.equals(whole.subarray(1000, 2000))).toBe(true);
  expect((await curl('-r', '-100')).bytes.equals(whole.subarray(-100))).toBe(true);
  expect((await curl()).bytes.equals(whole)).toBe(true);
  expect((await curl('-r', `${whole.length}-`)).answer).toBe(`416 bytes */${whole.length}`);
});

/** Runs in the page: the grey levels of the picture that a video element shows. */
async function shownClock(view: Locator): Promise<number | undefined> {
  const data = await view.locator('video').evaluate((video, { width, height }) => {
    const page = globalThis as unknown as { document: { createElement(name: string): never } };
    const canvas = page.document.createElement('canvas') as {
      width: number;
      height: number;
      getContext(kind: '2d'): {
        drawImage(video: unknown, x: number, y: number, width: number, height: number): void;
        getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
      };
    };
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    let text = '';
    for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]!);
    return btoa(text);
  }, SIZE);
  return readClockBar({ data: Buffer.from(data, 'base64'), ...SIZE });
}

describe('the page', () => {
  it('plays recordings: the clock in the picture shows the second that was asked for', async () => {
    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn();
    await product.open('yard');
    const { page } = browser;
    const view = page.locator('.recorded');
    const phase = (wanted: string) =>
      page.locator(`.recorded[data-phase="${wanted}"]`).waitFor({ timeout: 15_000 });
    for (const row of longest()) {
      await page.locator(`[data-recording="${row.filename}"]`).click();
      await phase('playing');
      await view.focus();
      await page.keyboard.press(' ');
      await phase('paused');
      // A second further at each arrow on the seek bar.
      await page.locator('.seek-bar').focus();
      for (const _ of [1, 2]) await page.keyboard.press('ArrowRight');
      await eventually(
        'the picture of the asked second',
        async () => {
          const at = Number(await view.getAttribute('data-at'));
          const late = minuteDifference((await shownClock(view))! - cameras.clockAt(0, at));
          return at >= startOf(row) && Math.abs(late) <= 1000;
        },
        { timeoutMs: 5000 },
      );
      const first = (await shownClock(view))!;
      await page.keyboard.press('.');
      await eventually(
        'the next picture',
        async () => minuteDifference((await shownClock(view))! - first) === FRAME_MS,
        { timeoutMs: 10_000 },
      );
      await page.keyboard.press(',');
      await eventually('the picture before', async () => (await shownClock(view)) === first, {
        timeoutMs: 10_000,
      });
    }
    await page.locator('.recorded-controls select').selectOption('8');
    await page.locator('.recorded-controls button').first().click();
    await phase('ended');
    await page.locator('.recorded-head button').click();
    await product.playing('yard');
    expect(browser.complaints).toEqual([]);
  });
});
