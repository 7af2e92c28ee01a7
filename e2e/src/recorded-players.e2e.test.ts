import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeComplaints, probe } from './footage/ffmpeg.ts';
import { type FootageFile, footage } from './footage/footage.ts';
import type { RecordingRow } from './harness/api.ts';
import { Browser, eventually, Installation, Program } from './harness/index.ts';
import { vlcPlays } from './players/vlc.ts';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:r=48000'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25'];
const H265 = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=none:keyint=25:bframes=0',
];
const rate = (hertz: number, channels = 1) => ['-ar', String(hertz), '-ac', String(channels)];

interface Combination {
  readonly id: string;
  /** What ffmpeg sends. */
  readonly coded: readonly string[];
  /** What lies in the file, as ffprobe names it. */
  readonly codecs: readonly string[];
  /** What VLC hands on of it: packets of each codec, `mp2` where it decoded the sound. */
  readonly vlc: readonly string[];
  /** What Chromium plays of it; nothing where this one has no decoder. */
  readonly browser: 'picture' | 'nothing';
}

const ALL: readonly Combination[] = [
  { id: 'avc', coded: H264, codecs: ['h264'], vlc: ['h264'], browser: 'picture' },
  {
    id: 'avc-aac',
    coded: [...H264, '-c:a', 'aac'],
    codecs: ['h264', 'aac'],
    vlc: ['h264', 'aac'],
    browser: 'picture',
  },
  {
    id: 'avc-opus',
    coded: [...H264, '-c:a', 'libopus'],
    codecs: ['h264', 'opus'],
    vlc: ['h264', 'opus'],
    browser: 'picture',
  },
  {
    id: 'avc-pcma',
    coded: [...H264, '-c:a', 'pcm_alaw', ...rate(8_000)],
    codecs: ['h264', 'pcm_alaw'],
    vlc: ['h264', 'mp2'],
    browser: 'picture',
  },
  {
    id: 'avc-pcmu',
    coded: [...H264, '-c:a', 'pcm_mulaw', ...rate(8_000)],
    codecs: ['h264', 'pcm_mulaw'],
    vlc: ['h264', 'mp2'],
    browser: 'picture',
  },
  {
    id: 'avc-l16',
    coded: [...H264, '-c:a', 'pcm_s16be', ...rate(44_100, 2)],
    codecs: ['h264', 'pcm_s16be'],
    vlc: ['h264', 'mp2'],
    browser: 'picture',
  },
  {
    id: 'hevc-aac',
    coded: [...H265, '-c:a', 'aac'],
    codecs: ['hevc', 'aac'],
    vlc: ['hevc', 'aac'],
    browser: 'nothing',
  },
  { id: 'hevc', coded: H265, codecs: ['hevc'], vlc: ['hevc'], browser: 'nothing' },
];

/** Some in each run of the suite, all by `npm run soak`. */
const COMBINATIONS = process.env['NIGHTJAR_SOAK']
  ? ALL
  : ALL.filter(({ id }) => ['avc-aac', 'avc-pcma', 'hevc-aac'].includes(id));

let installation: Installation;
let publisher: Program;
let browser: Browser;
const files = new Map<string, { file: FootageFile; row: RecordingRow }>();

/** All of them at once, by one encoder: what a file holds is read when it is closed. */
beforeAll(async () => {
  [installation, browser] = await Promise.all([Installation.start(), Browser.start()]);
  const outputs: string[] = [];
  for (const { id, coded, codecs } of COMBINATIONS) {
    await installation.api.addStream({ id, source_url: 'publish:', recording: { enabled: true } });
    const { key } = (await installation.api.expect(200, 'GET', `/api/streams/${id}/publish-key`)) as {
      key: string;
    };
    const maps = codecs.length > 1 ? ['-map', '0:v', '-map', '1:a'] : ['-map', '0:v'];
    const url = `rtsp://127.0.0.1:${installation.ports.rtsp}/${id}?key=${key}`;
    outputs.push(...maps, ...coded, '-f', 'rtsp', '-rtsp_transport', 'tcp', url);
  }
  const args = ['-nostdin', '-v', 'error', '-re', ...PICTURE, ...SOUND, ...outputs];
  publisher = await Program.start({ name: 'ffmpeg', command: 'ffmpeg', args });
  const enough = async () => {
    const rows = await Promise.all(COMBINATIONS.map(({ id }) => installation.api.recordings(id)));
    return rows.every(([row]) => row && row.duration > 3);
  };
  await eventually('three seconds of each', enough, { timeoutMs: 60_000 });
  publisher.signal('SIGINT');
  await publisher.exited;
  for (const { id } of COMBINATIONS) {
    const closed = async () => (await installation.api.recordings(id)).find((row) => row.closed);
    const row = await eventually(`a closed file of ${id}`, closed, { timeoutMs: 20_000 });
    const file = (await footage(installation.dataDir, id)).find(({ filename }) => filename === row.filename)!;
    files.set(id, { file, row });
  }
}, 120_000);
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await publisher?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
});

const ticketed = async (id: string, path: string) => {
  const { ticket } = (await installation.api.expect(201, 'POST', `/live/${id}/ticket`)) as { ticket: string };
  return `${installation.api.base}/live/${id}/${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`;
};

it.each(COMBINATIONS)(
  '$id: ffprobe reads the file without a word, ffmpeg decodes all of it',
  async ({ id, codecs }) => {
    const { path } = files.get(id)!.file;
    const { video, audio } = await probe(path);
    expect([video, audio].flatMap((track) => track?.codec ?? [])).toEqual(codecs);
    expect(await decodeComplaints(path)).toBe('');
  },
);

it.each(COMBINATIONS)('$id: VLC plays it', async ({ id, vlc }) => {
  const { filename } = files.get(id)!.file;
  const url = await ticketed(id, `footage/${filename}`);
  const wanted = Object.fromEntries(vlc.map((codec) => [codec, 25]));
  const { complaints } = await vlcPlays(url, wanted, { decoded: vlc.includes('mp2') });
  expect(complaints).toEqual([]);
});

it.each(COMBINATIONS)('$id: Chromium plays it by ranges of its bytes', async ({ id, browser: plays }) => {
  const { file, row } = files.get(id)!;
  const { page } = browser;
  await page.goto(installation.api.base);
  const url = await ticketed(id, `footage/${file.filename}?tracks=browser`);
  const seen = await page.evaluate(playedFrom, { url, at: row.duration - 1.5 });
  if (plays === 'nothing') expect(seen.error ?? seen.width).toBeOneOf([0, expect.any(String)]);
  else expect(seen).toMatchObject({ width: 320, height: 180, sought: expect.closeTo(row.duration - 1.5, 1) });
});

interface Seen {
  width?: number;
  height?: number;
  /** Seconds at which the picture after the seek lies. */
  sought?: number;
  error?: string;
}

interface Video {
  src: string;
  muted: boolean;
  currentTime: number;
  readonly videoWidth: number;
  readonly videoHeight: number;
  readonly error: { message: string } | null;
  addEventListener(name: string, done: () => void, options: { once: boolean }): void;
  requestVideoFrameCallback(shown: (now: number, facts: { mediaTime: number }) => void): void;
}

/** Loads an address, seeks in it, and tells what is shown there. Runs in the browser. */
async function playedFrom({ url, at }: { url: string; at: number }): Promise<Seen> {
  const { document } = globalThis as unknown as {
    document: { createElement(name: 'video'): Video; body: { replaceChildren(child: Video): void } };
  };
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  const ended = Promise.withResolvers<Seen>();
  video.addEventListener('error', () => ended.resolve({ error: video.error?.message ?? '' }), { once: true });
  const seek = (): void => {
    // Sound alone, where the picture cannot be decoded.
    if (video.videoWidth === 0) {
      ended.resolve({ width: 0 });
      return;
    }
    const look = (_: number, { mediaTime }: { mediaTime: number }): void => {
      // The first picture of the file may be shown yet.
      if (mediaTime < at - 0.5) video.requestVideoFrameCallback(look);
      else ended.resolve({ width: video.videoWidth, height: video.videoHeight, sought: mediaTime });
    };
    video.requestVideoFrameCallback(look);
    video.currentTime = at;
  };
  video.addEventListener('loadeddata', seek, { once: true });
  video.src = url;
  return ended.promise;
}
