import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LaunchCamera } from './cameras/launch.ts';
import { bufferedByPage } from './harness/in-media-source.ts';
import {
  Browser,
  eventually,
  footage,
  Installation,
  outputOf,
  Program,
  runCommand,
} from './harness/index.ts';

let installation: Installation;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-rtsp-door-'));
  installation = await Installation.start();
  await installation.api.addStream({ id: 'studio', source_url: 'publish:', recording: { enabled: true } });
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const door = (path: string, login = '') => `rtsp://${login}127.0.0.1:${installation.ports.rtsp}/${path}`;
const publishKey = async (method = 'GET') =>
  ((await installation.api.expect(200, method, '/api/streams/studio/publish-key')) as { key: string }).key;
const isActive = (id: string) => async () => (await installation.api.stream(id)).status === 'active';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:r=48000'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25'];

/** ffmpeg as an encoder that publishes what `input` makes. */
function publishes(url: string, input: readonly string[], transport = 'tcp'): Promise<Program> {
  const out = ['-f', 'rtsp', '-rtsp_transport', transport, url];
  return Program.start({
    name: 'ffmpeg',
    command: 'ffmpeg',
    args: ['-nostdin', '-v', 'error', '-re', ...input, ...out],
  });
}

/** Decodes `seconds` with ffmpeg: its complaints and the frames it decoded. */
async function plays(url: string, before: readonly string[], seconds = 3) {
  const input = ['-nostdin', '-v', 'error', '-stats', '-xerror', ...before, '-i', url];
  const output = ['-map', '0:v', '-t', String(seconds), '-f', 'null', '-'];
  const { code, stderr } = await runCommand('ffmpeg', [...input, ...output], { timeoutMs: 30_000 });
  const lines = stderr.split(/[\r\n]+/).filter((line) => line !== '');
  const frames = lines.flatMap((line) => /^frame=\s*(\d+)/.exec(line)?.[1] ?? []).map(Number);
  return { code, complaints: lines.filter((line) => !line.startsWith('frame=')), frames: frames.at(-1) ?? 0 };
}

describe('publishers at the RTSP door', () => {
  it.each(['tcp', 'udp'])('ffmpeg publishes over %s, and ffmpeg plays it in every way', async (transport) => {
    const input = [...PICTURE, ...SOUND, ...H264, '-c:a', 'aac'];
    await using publisher = await publishes(door(`studio?key=${await publishKey()}`), input, transport);
    await eventually('a live stream', isActive('studio'), { timeoutMs: 15_000 });
    expect((await installation.api.stream('studio')).transport_used).toBe(transport);
    const token = `token:${installation.token}@`;
    const login = await installation.api.expect(201, 'POST', '/live/studio/rtsp-login', {});
    const { username, password, rtsp_path } = login as Record<string, string>;
    const digest = door(rtsp_path!.slice(1), `${username}:${password}@`);
    const ways = ['tcp', 'udp', 'http'].map((way) => [way, door('studio', token)] as const);
    // Beside each other: they wait for seconds of media.
    const shown = [...ways, ['tcp', digest] as const].map(async ([way, url]) => ({
      way,
      ...(await plays(url, ['-rtsp_transport', way])),
    }));
    for (const played of await Promise.all(shown)) {
      expect(played).toMatchObject({ code: 0, complaints: [] });
      expect(played.frames).toBeGreaterThanOrEqual(2 * 25);
    }
    const wrong = await plays(door(rtsp_path!.slice(1), `${username}:${password}x@`), [
      '-rtsp_transport',
      'tcp',
    ]);
    expect(wrong.complaints.join()).toMatch(/401/);
    publisher.signal('SIGINT');
    await publisher.exited;
    await eventually('a stream that waits again', async () => !(await isActive('studio')()), {
      timeoutMs: 5000,
    });
  });

  it('who has no key, or an old one, is refused; who publishes by an old one is sent away', async () => {
    const input = [...PICTURE, ...H264];
    for (const path of ['studio?key=wrong', 'studio']) {
      await using refused = await publishes(door(path), input);
      expect((await refused.exited).code).not.toBe(0);
      expect(refused.output).toMatch(/401/);
    }
    await using publisher = await publishes(door(`studio?key=${await publishKey()}`), input);
    await eventually('a live stream', isActive('studio'), { timeoutMs: 15_000 });
    const key = await publishKey('POST');
    await publisher.exited;
    await using again = await publishes(door('studio', `obs:${key}@`), input);
    await eventually('a live stream', isActive('studio'), { timeoutMs: 15_000 });
    again.signal('SIGINT');
    await again.exited;
  });
});

describe('a camera that changes in the middle', () => {
  it('another resolution begins another file and another init segment, and the stream stays', async () => {
    const film = join(folder, 'changing.h264');
    const parts = [];
    for (const size of ['640x360', '320x240']) {
      const input = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=4`, ...H264, '-f', 'h264', '-'];
      parts.push(await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...input]));
    }
    await writeFile(film, Buffer.concat(parts));
    await installation.api.addStream({ id: 'turning', source_url: 'publish:', recording: { enabled: true } });
    const keyOf = await installation.api.expect(200, 'GET', '/api/streams/turning/publish-key');
    const input = ['-r', '25', '-f', 'h264', '-i', film, '-c', 'copy'];
    await using publisher = await publishes(door(`turning?key=${(keyOf as { key: string }).key}`), input);
    await eventually('a live stream', isActive('turning'), { timeoutMs: 15_000 });
    const playlist = async () => {
      const answer = await installation.api.request('GET', '/live/turning/video.m3u8');
      return String(answer.body);
    };
    await eventually('a discontinuity', async () => (await playlist()).includes('#EXT-X-DISCONTINUITY\n'), {
      timeoutMs: 25_000,
      everyMs: 500,
    });
    expect(new Set((await playlist()).match(/init-\d+\.mp4/g)).size).toBeGreaterThanOrEqual(2);
    expect((await installation.api.stream('turning')).errors).toEqual([]);
    await publisher.exited;
    const files = () => footage(installation.dataDir, 'turning');
    await eventually('two files', async () => (await files()).length === 2, { timeoutMs: 10_000 });
    const sizes = [];
    for (const { path } of await files()) {
      const shown = ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', path];
      sizes.push((await outputOf('ffprobe', shown)).toString().trim());
    }
    expect(sizes).toEqual(['640,360', '320,240']);
  });
});

describe('a camera with sound that browsers do not play', () => {
  it('is recorded with it, plays by RTSP with it, and in playlists without it', async () => {
    const video = 'videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=25/1';
    const encoded =
      'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay name=pay0 pt=96';
    const sound =
      'audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1';
    await using camera = await LaunchCamera.start(`${video} ! ${encoded} ${sound}`);
    await installation.api.addStream({ id: 'gate', source_url: camera.url, recording: { enabled: true } });
    await eventually('a live stream', isActive('gate'), { timeoutMs: 20_000 });
    const { tracks, transport_used } = await installation.api.stream('gate');
    expect(tracks.map(({ codec }) => codec)).toEqual(['h264', 'pcmu']);
    expect(transport_used).toBe('tcp');
    const entries = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
    const url = door('gate', `token:${installation.token}@`);
    const names = (await outputOf('ffprobe', [...entries, '-rtsp_transport', 'tcp', url])).toString();
    expect(names.split('\n').filter(Boolean)).toEqual(['h264', 'pcm_mulaw']);
    const live = String(await installation.api.expect(200, 'GET', '/live/gate/index.m3u8'));
    expect(live).toMatch(/CODECS="avc1[^",]*"/);
    await eventually('footage', async () => (await footage(installation.dataDir, 'gate')).length > 0, {
      timeoutMs: 15_000,
    });
    const start = new Date(Date.now() - 60_000).toISOString();
    const range = `start=${start}&end=${new Date().toISOString()}`;
    await eventually(
      'a playlist',
      async () => (await installation.api.request('GET', `/live/gate/playback.m3u8?${range}`)).status === 200,
      { timeoutMs: 15_000 },
    );
    const vod = String(await installation.api.expect(200, 'GET', `/live/gate/playback.m3u8?${range}`));
    expect(vod).toMatch(/#EXT-X-MAP:URI="footage\/[^"]+\?tracks=browser"/);
    const bytesOf = async (path: string) => {
      const authorization = `Bearer ${installation.token}`;
      const response = await fetch(`${installation.api.base}/live/gate/${path}`, {
        headers: { authorization },
      });
      return Buffer.from(await response.arrayBuffer()).toString('base64');
    };
    const [hidden] = /footage\/[^"?]+\?tracks=browser/.exec(vod)!;
    const type = `video/mp4; codecs="${tracks[0]!.codec_string}"`;
    await using browser = await Browser.start();
    const film = await bytesOf(hidden);
    expect(await browser.page.evaluate(bufferedByPage, [type, film] as const)).toBeGreaterThan(0.9);
    // The same without the other head, to see that it is needed.
    const plain = await bytesOf(hidden.replace(/\?.*/, ''));
    const without = await browser.page.evaluate(bufferedByPage, [type, plain] as const);
    expect(typeof without === 'number' ? without : 0).toBe(0);
    const [file] = await footage(installation.dataDir, 'gate');
    expect(
      (await outputOf('ffprobe', [...entries, file!.path])).toString().split('\n').filter(Boolean),
    ).toEqual(['h264', 'pcm_mulaw']);
  });
});

describe('a look at a camera', () => {
  it('says what it sends, and leaves', async () => {
    const video = 'videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=25/1';
    const encoded =
      'x264enc bframes=2 b-adapt=false key-int-max=25 ! video/x-h264,profile=main ! rtph264pay name=pay0';
    await using camera = await LaunchCamera.start(`${video} ! ${encoded} pt=96`);
    const report = await installation.api.expect(200, 'POST', '/api/probe', { source_url: camera.url });
    expect(report).toMatchObject({
      transport: 'tcp',
      video: { codec: 'h264', resolution: '640x360', b_frames: true },
      audio: null,
    });
    const { notes, video: seen } = report as {
      notes: { message: string }[];
      video: { gop_frames: number };
    };
    // The encoder puts its key frames where the picture before them allows.
    expect(Math.abs(seen.gop_frames - 25)).toBeLessThanOrEqual(2);
    expect(notes.map(({ message }) => message)).toContain(
      'B-frames: WebRTC needs a transcode; use low-latency HLS',
    );
    expect(await installation.api.streams()).not.toContainEqual(
      expect.objectContaining({ source_url: camera.url }),
    );
  });

  it.each([
    ['a dead port', 'rtsp://127.0.0.1:1029/x', 502, 'refused'],
    ['an address that may not be reached', 'rtsp://169.254.169.254/x', 400, undefined],
  ])('at %s names the cause', async (_what, source_url, status, fault) => {
    const answer = await installation.api.request('POST', '/api/probe', { source_url });
    expect(answer.status).toBe(status);
    const { error } = answer.body as { error: { details: Record<string, unknown> } };
    expect(error.details['fault']).toBe(fault);
  });
});
