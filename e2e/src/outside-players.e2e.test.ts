import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Installation, OneCamera, runCommand } from './harness/index.ts';
import { SigningProxy } from './harness/signing-proxy.ts';
import { vlcPlays } from './players/vlc.ts';

const ID = 'yard';
const SECONDS = 4;

let one: OneCamera;
let installation: Installation;

beforeAll(async () => {
  one = await OneCamera.start({ id: ID, recording: { enabled: true } });
  installation = one.installation;
});

afterAll(() => one?.[Symbol.asyncDispose]());

/** Decodes `SECONDS` of `url` with ffmpeg; answers its complaints and the frames it decoded of each kind. */
async function play(before: readonly string[], url: string): Promise<{ complaints: string; frames: number }> {
  const input = ['-nostdin', '-v', 'error', '-stats', '-xerror', ...before, '-i', url];
  const output = ['-map', '0:v', '-map', '0:a', '-t', String(SECONDS), '-f', 'null', '-'];
  const { code, stderr } = await runCommand('ffmpeg', [...input, ...output], { timeoutMs: 30_000 });
  const lines = stderr.split(/[\r\n]+/).filter((line) => line !== '');
  const frames = lines.flatMap((line) => /^frame=\s*(\d+)/.exec(line)?.[1] ?? []).map(Number);
  const complaints = lines.filter((line) => !line.startsWith('frame=')).join('\n');
  return { complaints: code === 0 ? complaints : `exit ${code}\n${complaints}`, frames: frames.at(-1) ?? 0 };
}

const signed = (): string[] => ['-headers', `Authorization: Bearer ${installation.token}\r\n`];

/** Waits until the playlist of the picture lists `count` whole segments, as it does for a later viewer. */
async function wholeSegments(count: number): Promise<void> {
  const listed = async () => {
    const playlist = await installation.api.expect(200, 'GET', `/live/${ID}/video.m3u8`);
    return String(playlist).split('#EXTINF').length > count;
  };
  await eventually(`${count} whole segments`, listed, { timeoutMs: 15_000, everyMs: 200 });
}

describe('players that nobody here wrote', () => {
  // The playlist of a stream that nobody watched would hold parts only, and this player needs a whole segment.
  it('ffmpeg plays the live playlist as its first viewer', async () => {
    const { complaints } = await play(signed(), `${installation.api.base}/live/${ID}/index.m3u8`);
    expect(complaints).toBe('');
  });

  it('ffmpeg plays the live playlist, picture and sound', async () => {
    await wholeSegments(3);
    const { complaints, frames } = await play(signed(), `${installation.api.base}/live/${ID}/index.m3u8`);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThanOrEqual((SECONDS - 1) * 25);
  });

  it.each([
    ['classic HLS, with a ticket in the address', 'ts/index.m3u8'],
    ['fMP4 without an end', 'stream.mp4'],
    ['low-latency HLS, with a ticket in the address', 'index.m3u8'],
  ])('ffmpeg plays %s', async (_, path) => {
    await wholeSegments(3);
    const { api } = installation;
    const { ticket } = (await api.expect(201, 'POST', `/live/${ID}/ticket`)) as { ticket: string };
    const { complaints, frames } = await play([], `${api.base}/live/${ID}/${path}?ticket=${ticket}`);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThanOrEqual((SECONDS - 1) * 25);
  });

  it('ffmpeg plays the playlist that rewinds into footage and grows', async () => {
    const start = new Date(Date.now() - 20_000).toISOString();
    const listed = async () => {
      const text = await installation.api.expect(200, 'GET', `/live/${ID}/dvr.m3u8?start=${start}`);
      return String(text).split('#EXTINF').length > 2;
    };
    await eventually('two pieces of footage', listed, { timeoutMs: 20_000, everyMs: 500 });
    const url = `${installation.api.base}/live/${ID}/dvr.m3u8?start=${start}`;
    const { complaints, frames } = await play(signed(), url);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThanOrEqual((SECONDS - 1) * 25);
  });

  it('GStreamer plays the live playlist through a proxy that signs in for it', async () => {
    await wholeSegments(3);
    await using proxy = await SigningProxy.start(installation.api);
    const source = ['uridecodebin3', `uri=${proxy.base}/live/${ID}/index.m3u8`];
    const count = ['!', 'video/x-raw', '!', 'fakesink', 'sync=false', 'num-buffers=100'];
    const { code, stderr } = await runCommand('gst-launch-1.0', ['-q', ...source, ...count], {
      timeoutMs: 30_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  // Debian builds it without live555: it has no RTSP.
  it.each([
    ['classic HLS', 'ts/index.m3u8'],
    ['low-latency HLS', 'index.m3u8'],
    ['fMP4 without an end', 'stream.mp4'],
    ['FLV over HTTP', 'stream.flv'],
    ['RTMP', undefined],
  ])('VLC plays %s', async (_, path) => {
    await wholeSegments(3);
    const { api, ports, token } = installation;
    const { ticket } = (await api.expect(201, 'POST', `/live/${ID}/ticket`)) as { ticket: string };
    const rtmp = `rtmp://127.0.0.1:${ports.rtmp}/live/${ID}?token=${token}`;
    const url = path === undefined ? rtmp : `${api.base}/live/${ID}/${path}?ticket=${ticket}`;
    const { complaints } = await vlcPlays(url, { h264: 2 * 25, aac: (2 * 48_000) / 1024 });
    expect(complaints).toEqual([]);
  });

  it('ffmpeg plays the same stream over RTSP, and RTSP and FLV that come 200 ms at a time', async () => {
    const { api, ports, token } = installation;
    const { ticket } = (await api.expect(201, 'POST', `/live/${ID}/ticket`)) as { ticket: string };
    const rtsp = `rtsp://token:${token}@127.0.0.1:${ports.rtsp}/${ID}`;
    const tcp = ['-rtsp_transport', 'tcp'];
    const plays = await Promise.all([
      play(tcp, rtsp),
      play(tcp, `${rtsp}?parts=200`),
      play([], `${api.base}/live/${ID}/stream.flv?parts=200&ticket=${ticket}`),
    ]);
    for (const { complaints, frames } of plays) {
      expect(complaints).toBe('');
      expect(frames).toBeGreaterThanOrEqual((SECONDS - 1) * 25);
    }
  });

  it.each([
    ['no token', undefined],
    ['a wrong token', 'x'.repeat(40)],
  ])('with %s nothing is played', async (_, token) => {
    const headers = token === undefined ? { authorization: '' } : { authorization: `Bearer ${token}` };
    const answer = await installation.api.request('GET', `/live/${ID}/index.m3u8`, undefined, headers);
    expect(answer.status).toBe(401);
    const user = token === undefined ? '' : `token:${token}@`;
    const url = `rtsp://${user}127.0.0.1:${installation.ports.rtsp}/${ID}`;
    const { complaints, frames } = await play(['-rtsp_transport', 'tcp'], url);
    expect(complaints).toMatch(/401/);
    expect(frames).toBe(0);
  });
});
