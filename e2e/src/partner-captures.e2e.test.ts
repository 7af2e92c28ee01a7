import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartnerBookmark, PartnerBookmarkList, PartnerSnapshot } from '@nightjar/contract/partner';
import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greyFrames, probe } from './footage/ffmpeg.ts';
import {
  eventually,
  Installation,
  minuteDifference,
  monotonicMs,
  recordsAgain,
  runCommand,
  SyntheticCameras,
} from './harness/index.ts';
import { REPOSITORY } from './harness/repository.ts';

const SIZE = { width: 1280, height: 720 };
const FRAME_MS = 40;
/** Seconds of a recorded file. */
const SEGMENT = 3;

let cameras: SyntheticCameras;
let installation: Installation;
let folder: string;
/** When recording went on after a pause, and when it had stopped. */
let stoppedAt: number;
let resumedAt: number;

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  installation.api.request(method, path, body, headers);
const iso = (utc: number): string => new Date(utc).toISOString();
const waited = async (ms: number): Promise<void> => {
  const from = monotonicMs();
  await eventually(`${ms} ms`, () => monotonicMs() - from > ms, { timeoutMs: ms + 2_000 });
};

async function bookmark(stream: string, body: object): Promise<PartnerBookmark> {
  const answer = await request('POST', `/v2/streams/${stream}/bookmarks`, body);
  expect([answer.status, answer.body]).toEqual([201, expect.any(Object)]);
  return PartnerBookmark.parse(answer.body);
}

async function ready(made: PartnerBookmark): Promise<PartnerBookmark> {
  const look = async () => {
    const now = PartnerBookmark.parse((await request('GET', `/v2/bookmarks/${made.id}`)).body);
    if (now.status === 'failed') throw new Error(`the bookmark failed: ${now.error}`);
    return now.status === 'ready' && now;
  };
  return eventually('the bookmark to be ready', look, { timeoutMs: 20_000 });
}

async function download(url: string, name: string): Promise<string> {
  const response = await fetch(`${installation.api.base}${url}`, {
    headers: { authorization: `Bearer ${installation.token}` },
  });
  expect(response.status).toBe(200);
  const path = join(folder, name);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return path;
}

/** What the clock shows in each picture that a decoder shows of a file, in milliseconds of the minute. */
async function clocks(file: string): Promise<(number | undefined)[]> {
  return (await greyFrames(file, SIZE)).map((data) => readClockBar({ data, ...SIZE }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-e2e-captures-'));
  cameras = await SyntheticCameras.start({ count: 2 });
  installation = await Installation.start();
  const recording = { enabled: true, segment_duration: SEGMENT };
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]!, recording });
  await installation.api.addStream({ id: 'open', source_url: cameras.urls[1]! });
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
  await waited(5_500);
  await installation.api.expect(200, 'POST', '/api/streams/yard/recording/pause');
  stoppedAt = Date.now();
  await waited(3_000);
  await installation.api.expect(200, 'POST', '/api/streams/yard/recording/resume');
  resumedAt = Date.now();
  await waited(4_200);
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('a bookmark of footage', () => {
  it('over several files begins with the very picture of its start and has all that follow', async () => {
    const center = stoppedAt - 3_000;
    const began = monotonicMs();
    const made = await bookmark('yard', {
      ...{ source: 'historical', center_timestamp: iso(center), before_seconds: 2.5, after_seconds: 1.5 },
      label: 'over a seam',
    });
    console.log(`bookmark of 4 s of the past: ${(monotonicMs() - began).toFixed(0)} ms`);
    expect(made).toMatchObject({ status: 'ready', thumbnail_url: expect.any(String), source: 'historical' });
    const file = await download(made.video_url, 'seam.mp4');
    const { duration, video } = await probe(file);
    expect(video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
    // The first and the last picture may each be shown in part only; sound ends with a whole access unit of 21 ms.
    expect(duration).toBeGreaterThan(3.95);
    expect(duration).toBeLessThan(4.11);
    const shown = await clocks(file);
    expect(shown.length).toBeGreaterThanOrEqual(99);
    expect(shown.length).toBeLessThanOrEqual(101);
    const start = Date.parse(made.start_time!) % 60_000;
    const early = minuteDifference(start - shown[0]!);
    expect(early).toBeGreaterThanOrEqual(-FRAME_MS);
    expect(early).toBeLessThan(2 * FRAME_MS + 40);
    for (const [i, time] of shown.entries())
      if (i > 0) expect(minuteDifference(time! - shown[i - 1]!)).toBe(FRAME_MS);
    const [picture] = await clocks(await download(made.thumbnail_url!, 'seam.jpg'));
    expect(picture === undefined || Math.abs(minuteDifference(picture - (center % 60_000))) < 200).toBe(true);
  });

  it('over a gap has what there is on both sides, and says how long it plays', async () => {
    const center = (stoppedAt + resumedAt) / 2;
    const made = await bookmark('yard', {
      ...{ source: 'historical', center_timestamp: iso(center), before_seconds: 3, after_seconds: 4 },
    });
    expect(made.status).toBe('ready');
    const { duration, video } = await probe(await download(made.video_url, 'gap.mp4'));
    expect(duration).toBeCloseTo(made.duration_seconds!, 1);
    expect(made.duration_seconds!).toBeLessThan(6.8);
    expect(made.duration_seconds!).toBeGreaterThan(2);
    expect(video!.packets.filter(({ pts }) => pts >= 0).length).toBeGreaterThan(50);
  });

  it('is not made where there is none', async () => {
    const answer = await request('POST', '/v2/streams/yard/bookmarks', {
      source: 'historical',
      center_timestamp: '2020-01-01T00:00:00Z',
    });
    expect(answer.status).toBe(404);
  });
});

describe('a live bookmark', () => {
  it('of a stream that is not recorded holds what was before it, awaits what comes, and is whole', async () => {
    const now = Date.now();
    const made = await bookmark('open', { source: 'live', before_seconds: 3, after_seconds: 2 });
    expect(made.status).toBe('pending');
    const done = await ready(made);
    expect(Math.abs(Date.parse(done.start_time!) - (now - 3_000))).toBeLessThan(1_000);
    const shown = await clocks(await download(done.video_url, 'live.mp4'));
    expect(shown.length).toBeGreaterThanOrEqual(123);
    for (const [i, time] of shown.entries())
      if (i > 0) expect(minuteDifference(time! - shown[i - 1]!)).toBe(FRAME_MS);
  });

  it('fifty at once are all made, and recording goes on without a break', async () => {
    const center = iso(Date.now() - 8_000);
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const began = monotonicMs();
        const body = { source: 'historical', center_timestamp: center, before_seconds: 1, label: `${n}` };
        await bookmark('yard', { ...body, after_seconds: 1, created_by: 'fifty' });
        times.push(monotonicMs() - began);
      }),
    );
    times.sort((a, b) => a - b);
    console.log(
      `fifty bookmarks at once: median ${times[25]!.toFixed(0)} ms, p95 ${times[47]!.toFixed(0)} ms`,
    );
    const { bookmarks, total } = PartnerBookmarkList.parse(
      (await request('GET', '/v2/streams/yard/bookmarks?created_by=fifty&limit=100')).body,
    );
    expect([total, bookmarks.filter(({ status }) => status === 'ready').length]).toEqual([50, 50]);
    const from = iso(resumedAt + 1_500);
    const answer = await request(
      'GET',
      `/api/streams/yard/coverage?from=${from}&to=${iso(Date.now() - 2_500)}`,
    );
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ gaps: [] })]);
  });
});

describe('whoever has an afternoon', () => {
  it('gets through the guide, block by block', async () => {
    const guide = await readFile(join(REPOSITORY, 'docs/guide/partners.md'), 'utf8');
    const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
    expect(blocks.length).toBeGreaterThan(8);
    const script = join(folder, 'guide.sh');
    await writeFile(script, ['set -eu', `cd '${folder}'`, ...blocks].join('\n'));
    const env = [
      `NIGHTJAR=${installation.api.base}`,
      `ADMIN_TOKEN=${installation.token}`,
      `CLIENTS=${join(REPOSITORY, 'clients')}`,
      'PYTHONDONTWRITEBYTECODE=1',
    ];
    const { code, stdout, stderr } = await runCommand('env', [...env, 'bash', script]);
    expect([code, stderr], String(stdout)).toEqual([0, '']);
    for (const name of ['bookmark.mp4', 'python.mp4'])
      expect((await probe(join(folder, name))).video?.packets.length).toBeGreaterThan(25);
    for (const name of ['bookmark.jpg', 'snapshot.jpg'])
      expect((await readFile(join(folder, name))).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it('finds the seven areas of the document to hold', async () => {
    const { code, stdout, stderr } = await runCommand('env', [
      `NIGHTJAR_ADMIN_TOKEN=${installation.token}`,
      join(REPOSITORY, 'tools/smoke-v2.sh'),
      installation.api.base,
    ]);
    const lines = String(stdout).trim().split('\n');
    expect([code, stderr, lines.filter((line) => !line.startsWith('ok '))]).toEqual([0, '', []]);
    expect(lines.length).toBe(7);
  });
});

describe('a stream that is removed', () => {
  it('leaves no row and no file', async () => {
    const made = await bookmark('open', { source: 'live', before_seconds: 1, after_seconds: 0.5 });
    await ready(made);
    const taken = PartnerSnapshot.parse(
      (await request('POST', '/v2/streams/open/snapshots', { source: 'live' })).body,
    );
    expect(taken.status).toBe('ready');
    expect((await request('DELETE', '/v2/streams/open')).status).toBe(204);
    expect((await request('GET', `/v2/bookmarks/${made.id}`)).status).toBe(404);
    expect((await request('GET', `/v2/snapshots/${taken.id}/image`)).status).toBe(404);
    const kept = join(installation.dataDir, 'recordings', 'kept');
    const left = async () =>
      (await readdir(kept, { recursive: true })).filter((name) => name.includes('open')).length;
    await eventually('its files to be gone', async () => (await left()) === 0, { timeoutMs: 5_000 });
  });
});
