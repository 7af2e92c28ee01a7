import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Installation, outputOf, Program, runCommand, TEST_CONFIG } from './harness/index.ts';
import { freePort, listening } from './platform/front.ts';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=r=48000'];
const CODECS = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-c:a', 'aac'];

let folder: string;
let installation: Installation;
let nginx: Program;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-pulled-'));
  await mkdir(join(folder, 'web'));
  const film = ['-t', '3', ...CODECS, join(folder, 'web', 'film.mkv')];
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...PICTURE, ...SOUND, ...film]);
  const old = ['-t', '3', '-c:v', 'mpeg4', '-c:a', 'mp3', join(folder, 'web', 'old.avi')];
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...PICTURE, ...SOUND, ...old]);
  const config = TEST_CONFIG.replace('recording:', `  files_path: ${join(folder, 'web')}\nrecording:`);
  installation = await Installation.start({ config });
  port = await freePort();
  await writeFile(
    join(folder, 'nginx.conf'),
    `user root; daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 64; }
http {
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/mp4 mp4 m4s; video/x-msvideo avi; }
  access_log off;
  server { listen 127.0.0.1:${port}; root ${folder}/web; }
}
`,
  );
  const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  nginx = await Program.start({ name: 'nginx', command: 'nginx', args });
  await listening(port);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await nginx?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** ffmpeg as a camera that writes a live playlist into nginx's folder. */
function segmenter(...hls: string[]): Promise<Program> {
  const live = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '6', ...hls];
  const args = ['-nostdin', '-v', 'error', '-re', ...PICTURE, '-re', ...SOUND, ...CODECS, ...live];
  return Program.start({ name: 'ffmpeg', command: 'ffmpeg', args });
}

/** The stream is active with picture and sound, and what the product serves of it can be decoded. */
async function plays(id: string, source_url: string): Promise<void> {
  await installation.api.addStream({ id, source_url, reconnect: { backoff_ms: 200 } });
  const active = async () => (await installation.api.stream(id)).status === 'active';
  await eventually(`${id} is active`, active, { timeoutMs: 30_000 });
  const { tracks } = await installation.api.stream(id);
  expect(tracks.map(({ codec }) => codec)).toEqual(['h264', 'aac']);
  const url = `rtsp://token:${installation.token}@127.0.0.1:${installation.ports.rtsp}/${id}`;
  const input = ['-nostdin', '-v', 'error', '-xerror', '-rtsp_transport', 'tcp', '-i', url];
  const played = await runCommand('ffmpeg', [...input, '-map', '0', '-t', '2', '-f', 'null', '-']);
  expect({ code: played.code, stderr: played.stderr }).toEqual({ code: 0, stderr: '' });
}

const web = (name: string): string => join(folder, 'web', name);

/** How ffmpeg is to write a playlist, by its name. */
const PLAYLISTS: Readonly<Record<string, () => string[]>> = {
  ts: () => ['-hls_flags', 'delete_segments'],
  cmaf: () => ['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'cmaf-init.mp4'],
  ranges: () => ['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file'],
  locked: () => ['-hls_key_info_file', web('locked.info')],
};

describe('sources that are pulled from programs of others', () => {
  it('HLS that ffmpeg writes and nginx serves: MPEG-TS, fragmented MP4, byte ranges, AES-128', async () => {
    await writeFile(web('locked.key'), 'sixteen bytes 16');
    await writeFile(web('locked.info'), ['locked.key', web('locked.key')].join('\n'));
    await Promise.all(
      Object.entries(PLAYLISTS).map(async ([name, options]) => {
        await using _camera = await segmenter(...options(), web(`${name}.m3u8`));
        const url = `http://127.0.0.1:${port}/${name}.m3u8`;
        await eventually(`${name}.m3u8`, async () => (await fetch(url)).ok, { timeoutMs: 20_000 });
        await plays(name, url);
      }),
    );
  });

  it('other containers: AVI coded anew, Matroska without an end passed on, a file again and again', async () => {
    const url = `http://127.0.0.1:${await freePort()}/live`;
    const out = ['-f', 'matroska', '-content_type', 'video/x-matroska', '-listen', '1', url];
    const args = ['-nostdin', '-v', 'error', '-re', ...PICTURE, '-re', ...SOUND, ...CODECS, ...out];
    await using _server = await Program.start({ name: 'ffmpeg', command: 'ffmpeg', args });
    await Promise.all([
      plays('old', `http://127.0.0.1:${port}/old.avi`),
      plays('endless', url),
      plays('film', 'file:film.mkv'),
    ]);
  });

  it('a look at a file of the folder says what is in it', async () => {
    const report = await installation.api.expect(200, 'POST', '/api/probe', { source_url: 'file:film.mkv' });
    const found = { video: { codec: 'h264', resolution: '320x240' }, audio: { codec: 'aac' } };
    expect(report).toMatchObject(found);
  });

  it('no file outside of the configured folder is reached', async () => {
    await installation.api.addStream({ id: 'outside', source_url: 'file:../nginx.conf' });
    const told = async () => (await installation.api.stream('outside')).errors[0]?.message;
    expect(await eventually('the reason', told, { timeoutMs: 10_000 })).toContain('another folder');
    const looked = await installation.api.request('POST', '/api/probe', { source_url: 'file:../nginx.conf' });
    expect([looked.status, JSON.stringify(looked.body)]).toEqual([
      400,
      expect.stringContaining('another folder'),
    ]);
  });
});
