import { rm } from 'node:fs/promises';
import type { StreamFault } from '@nightjar/contract';
import type { ProbeReport } from '@nightjar/contract/link';
import type { CameraReport } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';

const PICTURE = {
  kind: 'video',
  codec: 'h264',
  codec_string: 'avc1.64001f',
  width: 1920,
  height: 1080,
} as const;
const SOUND = {
  kind: 'audio',
  codec: 'aac',
  codec_string: 'mp4a.40.2',
  sample_rate: 16_000,
  channels: 1,
} as const;
const GOOD: ProbeReport = {
  transport: 'tcp',
  tracks: [PICTURE, SOUND],
  seconds: 4,
  video: { frame_rate: 25, gop_seconds: 2, gop_frames: 50, b_frames: false, bitrate: 4_000_000 },
  audio: { bitrate: 32_000 },
  packets_lost: 0,
  clock_skew: 0.1,
};

let dataDir: string;
let server: TestServer;
beforeEach(async () => {
  dataDir = await newDataDir();
  server = await TestServer.start({ dataDir });
  await server.listen();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const ask = (source_url = 'rtsp://admin:hunter2@10.0.0.5/x') =>
  server.call('POST', '/api/probe', { source_url });

/** An engine that answers so, and is here. */
async function engineThat(probe: ProbeReport): Promise<FakeEngine> {
  const engine = await FakeEngine.start(dataDir, { probe });
  await engine.desired();
  return engine;
}

async function notesOf(report: Partial<ProbeReport>): Promise<string[]> {
  await using _engine = await engineThat({ ...GOOD, ...report });
  const { status, body } = await ask();
  expect(status).toBe(200);
  return (body as CameraReport).notes.map(({ level, about, message }) => `${level} ${about}: ${message}`);
}

describe('POST /api/probe', () => {
  test('describes a camera, and what will work', async () => {
    await using engine = await engineThat(GOOD);
    const { body, text } = await ask();
    expect(body).toMatchObject({
      source_url: 'rtsp://***:***@10.0.0.5/x',
      transport: 'tcp',
      video: { codec: 'h264', resolution: '1920x1080', frame_rate: 25, gop_seconds: 2, b_frames: false },
      audio: { codec: 'aac', sample_rate: 16_000 },
      clock_skew: 0.1,
      certificate: null,
    });
    expect(text).not.toContain('hunter2');
    const { source } = await engine.command('probe');
    expect(source).toEqual({
      url: 'rtsp://10.0.0.5/x',
      username: 'admin',
      password: 'hunter2',
      transport: 'auto',
    });
  });

  test.each([
    [{}, []],
    [
      { video: { ...GOOD.video!, b_frames: true } },
      ['limited video: B-frames: WebRTC needs a transcode; use low-latency HLS'],
    ],
    [{ video: { ...GOOD.video!, gop_seconds: 10 } }, ['limited video: A key frame only every 10 s']],
    [{ video: { ...GOOD.video!, gop_seconds: null } }, ['limited video: No second key frame came']],
    [{ tracks: [{ ...PICTURE, codec: 'h265' }] }, ['limited video: H.265', 'good audio: No sound']],
    [{ tracks: [{ ...PICTURE, codec: 'mjpeg' }] }, ['limited video: Motion JPEG']],
    [{ tracks: [PICTURE, { ...SOUND, codec: 'pcma' }] }, ['limited audio: pcma: recorded']],
    [{ tracks: [SOUND] }, ['limited video: No picture']],
    [{ transport: 'udp' as const }, ['limited network: UDP']],
    [{ packets_lost: 7 }, ['bad network: 7 packets were lost']],
    [{ clock_skew: -7200 }, ["limited clock: The camera's clock is 7200 s behind"]],
    [{ certificate: 'ab'.repeat(32) }, ['good tls: TLS']],
  ])('says in plain words what %j means', async (report, words) => {
    const notes = await notesOf(report);
    for (const word of words) expect(notes.some((note) => note.startsWith(word))).toBe(true);
    if (words.length === 0) expect(notes.every((note) => note.startsWith('good'))).toBe(true);
  });

  test.each<[StreamFault, number, string]>([
    ['auth_failed', 401, 'CAMERA_UNAUTHORIZED'],
    ['not_found', 422, 'CAMERA_CANNOT'],
    ['no_playable_track', 422, 'CAMERA_CANNOT'],
    ['refused', 502, 'CAMERA_UNREACHABLE'],
    ['timeout', 502, 'CAMERA_UNREACHABLE'],
    ['not_rtsp', 502, 'CAMERA_UNREACHABLE'],
    ['target_denied', 400, 'INVALID_CONFIGURATION'],
  ])('names %s', async (fault, status, code) => {
    const message = 'rtsp://admin:hunter2@10.0.0.5/x said no';
    await using _engine = await engineThat({ ...GOOD, tracks: [], seconds: 0, fault, message });
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toMatchObject({ code, details: { fault } });
    expect(answer.text).not.toContain('hunter2');
  });

  test('asks no engine about an address that may not be reached, and says when there is none', async () => {
    for (const url of [
      'rtsp://127.0.0.1/x',
      'rtsp://169.254.169.254/x',
      'rtsp://8.8.8.8/x',
      'ftp://10.0.0.5/x',
    ])
      expect(errorOf(await ask(url))).toMatchObject({
        code: 'INVALID_CONFIGURATION',
        details: { field: 'source_url' },
      });
    expect(errorOf(await ask()).code).toBe('ENGINE_UNAVAILABLE');
  });

  test('looks at a file of the configured folder as at a camera, and at none where there is no folder', async () => {
    expect(errorOf(await ask('file:film.mkv')).message).toContain('network.files_path');
    await server[Symbol.asyncDispose]();
    server = await TestServer.start({ dataDir, config: 'network:\n  files_path: /srv/films\n' });
    await server.listen();
    await using engine = await engineThat({ ...GOOD, transport: undefined });
    expect((await ask('file:film.mkv')).body).toMatchObject({ source_url: 'file:film.mkv', transport: null });
    expect((await engine.command('probe')).source).toEqual({ url: 'file:film.mkv', transport: 'auto' });
    for (const url of ['file:', 'publish:'])
      expect(errorOf(await ask(url)).code).toBe('INVALID_CONFIGURATION');
  });
});
