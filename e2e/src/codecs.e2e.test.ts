import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codecs } from '@nightjar/media/codecs'; // house: arrows exempt because ffmpeg judges what the library makes of a camera, which no wire carries as it is
import { initSegment, stampFragment } from '@nightjar/media/mp4'; // house: arrows exempt because ffmpeg judges what the library makes of a camera, which no wire carries as it is
import { RtpSender } from '@nightjar/media/rtp'; // house: arrows exempt because ffmpeg judges what the library makes of a camera, which no wire carries as it is
import { parseRtspUrl, playableMedia, RtspClient, RtspServer, RtspToStream } from '@nightjar/media/rtsp'; // house: arrows exempt because ffmpeg judges what the library makes of a camera, which no wire carries as it is
import { type Frame, MediaStream, SlabPool, systemClock, type Track } from '@nightjar/media/stream'; // house: arrows exempt because ffmpeg judges what the library makes of a camera, which no wire carries as it is
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LaunchCamera } from './cameras/launch.ts';
import { Browser, eventually, outputOf, runCommand } from './harness/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-codecs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);

async function ffmpeg(...args: string[]): Promise<void> {
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
}

interface Recorded {
  readonly tracks: readonly Track[];
  readonly frames: readonly Frame[];
}

/** Plays `url` through client, depacketizer and stream until `whole`; writes every frame as a fragment. */
async function record(
  url: string,
  file: string,
  whole: (frames: readonly Frame[]) => boolean,
): Promise<Recorded> {
  const kept: Frame[] = [];
  let tracks: readonly Track[] = [];
  const stream = new MediaStream({ stamp: stampFragment });
  stream.attach(
    {
      onTracks: (next) => {
        if (next.length > 0) tracks = next;
      },
      onFrame: (frame) => {
        frame.slab.retain();
        kept.push(frame);
      },
      onEnd: () => undefined,
    },
    false,
  );
  let ingest: RtspToStream | undefined;
  const client = new RtspClient({
    url: parseRtspUrl(url)!,
    connect: (target, onread) => connect({ host: target.host, port: target.port, onread }),
    readBuffer: Buffer.alloc(64 * 1024),
    random: randomBytes,
    sink: {
      rtp: (index, buffer, start, end) => ingest?.rtp(index, buffer, start, end),
      rtcp: (index, buffer, start, end) => ingest?.rtcp(index, buffer, start, end),
    },
  });
  try {
    const { sdp } = await client.describe();
    const indexes = playableMedia(sdp);
    await client.setup(indexes);
    ingest = new RtspToStream(
      indexes.map((index) => sdp.media[index]!),
      {
        stream,
        pool: new SlabPool(),
        clock: systemClock,
        zero: systemClock.monotonic(),
        onReady: () => undefined,
        onLive: () => undefined,
      },
    );
    ingest.begin(await client.play());
    await eventually('every frame', () => whole(kept), { timeoutMs: 30_000 });
    expect(ingest.counters).toMatchObject({ lost: 0, dropped: 0 });
  } finally {
    await client.close();
  }
  const bytes = kept.map((frame) => frame.slab.buffer.subarray(frame.start, frame.end));
  await writeFile(file, Buffer.concat([initSegment(tracks), ...bytes]));
  return { tracks, frames: kept };
}

/** What ffmpeg prints of a recording that our own RTSP server plays to it. */
async function ffmpegViewer({ tracks, frames }: Recorded, ...how: string[]): Promise<string> {
  const stream = new MediaStream({ stamp: stampFragment });
  stream.setTracks(tracks);
  const sender = new RtpSender(stream, { clock: systemClock, random32: () => randomBytes(4).readUInt32BE() });
  const server = new RtspServer({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, random: randomBytes, realm: 'codecs' },
    resolve: () => Promise.resolve({ sender, release: () => undefined }),
  });
  await server.start();
  try {
    const url = `rtsp://127.0.0.1:${server.port}/test`;
    const input = ['-rtsp_transport', 'tcp', '-i', url];
    const said = outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...how, '-']);
    await Promise.race([
      said,
      eventually('a viewer', () => stream.readerCount > 0, { timeoutMs: 20_000, everyMs: 5 }),
    ]);
    for (const frame of frames) stream.push(frame);
    await eventually('a turn for the socket', () => true, { timeoutMs: 1000 });
    stream.end();
    return (await said).toString();
  } finally {
    await server.close();
  }
}

interface Probe {
  readonly streams: readonly Record<string, unknown>[];
  readonly packets: readonly { pts: number; dts: number; duration: number; size: string; flags: string }[];
}

/** What ffprobe says of a file; it must say it without a warning. */
async function probe(file: string): Promise<Probe> {
  const { code, stdout, stderr } = await runCommand('ffprobe', [
    ...['-v', 'warning', '-of', 'json', '-show_streams', '-show_packets'],
    file,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.toString());
}

const STRICT = ['-nostdin', '-v', 'error', '-xerror', '-err_detect', 'explode'];
const PICTURES = ['-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5'];

/** Lines of framemd5 (stream, dts, pts, duration, size, hash, side data), or MD5=hash: the hashes. */
function hashesOf(said: string): string[] {
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(',')[5]?.trim() ?? line);
}

/** Hash of each decoded picture, in presentation order. */
async function pictures(file: string): Promise<string[]> {
  return hashesOf((await outputOf('ffmpeg', [...STRICT, '-i', file, ...PICTURES, '-'])).toString());
}

// Beside each other up to the browser's: they wait for two seconds of media more than they work.
describe.concurrent('H.265', () => {
  it.each([
    ['Main with B-frames and slices', 'yuv420p', 'bframes=3:slices=2:keyint=12', 'hvc1.1.6.L60.90'],
    ['Main 10 without B-frames', 'yuv420p10le', 'bframes=0:keyint=12', 'hvc1.2.4.L60.90'],
    ['4:2:2 with temporal layers', 'yuv422p', 'temporal-layers=1:keyint=12:open-gop=1', 'hvc1.4.10.L60.9D.8'],
  ])('%s: every picture of the source, decoded', async (name, pixels, params, codecString) => {
    const source = inFolder(`${codecString}.mkv`);
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=2', '-pix_fmt', pixels, '-c:v', 'libx265'],
      ...['-preset', 'ultrafast', '-x265-params', `log-level=none:${params}`, source],
    );
    await using camera = await LaunchCamera.start(
      `filesrc location=${source} ! matroskademux ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1`,
    );
    const file = inFolder(`${codecString}.mp4`);
    const recorded = await record(camera.url, file, (frames) => frames.length === 50);
    expect([name, recorded.tracks[0]!.format.codecString]).toEqual([name, codecString]);
    const { streams, packets } = await probe(file);
    expect(streams).toMatchObject([
      { codec_name: 'hevc', codec_tag_string: 'hvc1', width: 320, height: 240, pix_fmt: pixels },
    ]);
    expect(packets).toHaveLength(50);
    const hashes = await pictures(file);
    expect(hashes).toHaveLength(50);
    expect(hashes).toEqual(await pictures(source));
    expect(hashesOf(await ffmpegViewer(recorded, ...PICTURES))).toEqual(hashes);
  });
});

const TONES = 'aevalsrc=0.4*sin(2*PI*440*t)+0.2*sin(2*PI*1320*t*t)|0.3*sin(2*PI*220*t):d=2:s=';

/** What ffmpeg makes of a file's sound in the given way: hashes. */
async function sound(file: string, ...how: string[]): Promise<string[]> {
  return hashesOf((await outputOf('ffmpeg', [...STRICT, '-i', file, '-map', '0:a', ...how, '-'])).toString());
}

const PACKETS = ['-c', 'copy', '-f', 'framemd5'];
const bytesOf = (frames: readonly Frame[]) =>
  frames.reduce((sum, frame) => sum + frame.end - frame.payload, 0);

describe.concurrent('bare samples', () => {
  const swap = 'audioconvert ! audio/x-raw,format=S16BE ! rtpL16pay';
  it.each([
    ['PCMU 8 kHz mono', 'pcm_mulaw', 8000, 1, 'rtppcmupay', 'pcm_mulaw'],
    ['PCMA 8 kHz mono', 'pcm_alaw', 8000, 1, 'rtppcmapay', 'pcm_alaw'],
    ['L16 16 kHz mono', 'pcm_s16le', 16_000, 1, swap, 'pcm_s16be'],
    ['L16 44.1 kHz stereo', 'pcm_s16le', 44_100, 2, swap, 'pcm_s16be'],
  ])('%s: every sample of the source', async (name, codec, rate, channels, pay, found) => {
    const source = inFolder(`${name.replaceAll(' ', '-')}.wav`);
    const layout = ['-ac', String(channels), '-c:a', codec];
    await ffmpeg('-f', 'lavfi', '-i', `${TONES}${rate}`, ...layout, '-f', 'wav', source);
    await using camera = await LaunchCamera.start(`filesrc location=${source} ! wavparse ! ${pay} name=pay0`);
    const file = source.replace('.wav', '.mp4');
    const size = 2 * rate * channels * (codec === 'pcm_s16le' ? 2 : 1);
    const recorded = await record(camera.url, file, (frames) => bytesOf(frames) === size);
    const { streams, packets } = await probe(file);
    expect(streams).toMatchObject([{ codec_name: found, sample_rate: String(rate), channels }]);
    expect(packets.reduce((sum, packet) => sum + packet.duration, 0)).toBe(2 * rate);
    const samples = ['-c:a', 'pcm_s16le', '-f', 'md5'];
    const hash = await sound(source, ...samples);
    expect(await sound(file, ...samples)).toEqual(hash);
    expect(hashesOf(await ffmpegViewer(recorded, ...samples))).toEqual(hash);
  });
});

it.concurrent('G.722: every byte of the source, which ffmpeg knows in the file', async () => {
  const wav = inFolder('g722.wav');
  const source = inFolder('g722.g722');
  await ffmpeg('-f', 'lavfi', '-i', `${TONES}16000`, '-ac', '1', '-c:a', 'pcm_s16le', wav);
  await ffmpeg('-i', wav, '-c:a', 'g722', '-f', 'g722', source);
  await using camera = await LaunchCamera.start(
    `filesrc location=${wav} ! wavparse ! avenc_g722 ! rtpg722pay name=pay0`,
  );
  const file = inFolder('g722.mp4');
  const recorded = await record(camera.url, file, (frames) => bytesOf(frames) >= 2 * 8000);
  const { streams } = await probe(file);
  expect(streams).toMatchObject([{ codec_name: 'adpcm_g722', sample_rate: '16000', channels: 1 }]);
  const bytes = ['-c:a', 'copy', '-f', 'md5'];
  const hash = await sound(source, ...bytes);
  expect(await sound(file, ...bytes)).toEqual(hash);
  expect(hashesOf(await ffmpegViewer(recorded, ...bytes))).toEqual(hash);
});

describe.concurrent('Opus', () => {
  it.each([1, 2])('%i channels: every packet of the source', async (channels) => {
    const source = inFolder(`opus-${channels}.mkv`);
    await ffmpeg('-f', 'lavfi', '-i', `${TONES}48000`, '-ac', String(channels), '-c:a', 'libopus', source);
    const packets = await sound(source, ...PACKETS);
    await using camera = await LaunchCamera.start(
      `filesrc location=${source} ! matroskademux ! opusparse ! rtpopuspay name=pay0`,
    );
    const file = inFolder(`opus-${channels}.mp4`);
    const recorded = await record(camera.url, file, (frames) => frames.length === packets.length);
    const { streams } = await probe(file);
    expect(streams).toMatchObject([{ codec_name: 'opus', sample_rate: '48000' }]);
    expect(await sound(file, ...PACKETS)).toEqual(packets);
    expect(await sound(file, '-f', 'framemd5')).toHaveLength(packets.length);
    expect(hashesOf(await ffmpegViewer(recorded, ...PACKETS))).toEqual(packets);
  });
});

describe.concurrent('Motion JPEG', () => {
  it.each([
    ['4:2:0', ['-pix_fmt', 'yuvj420p']],
    ['4:2:0 with restart markers', ['-pix_fmt', 'yuvj420p', '-slices', '4', '-thread_type', 'slice']],
  ])('%s: every picture of the source, decoded', async (name, args) => {
    const source = inFolder(`${name.replaceAll(/\W/g, '-')}.mkv`);
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=2', '-c:v', 'mjpeg', '-huffman', 'default'],
      ...['-threads', '4', '-q:v', '5', ...args, source],
    );
    await using camera = await LaunchCamera.start(
      `filesrc location=${source} ! matroskademux ! jpegparse ! rtpjpegpay name=pay0`,
    );
    const file = source.replace('.mkv', '.mp4');
    const recorded = await record(camera.url, file, (frames) => frames.length === 50);
    const { streams, packets } = await probe(file);
    expect(streams).toMatchObject([
      { codec_name: 'mjpeg', codec_tag_string: 'mp4v', width: 320, height: 240, pix_fmt: 'yuvj420p' },
    ]);
    expect(packets.every((packet) => packet.flags.startsWith('K'))).toBe(true);
    const hashes = await pictures(file);
    expect(hashes).toHaveLength(50);
    expect(hashes).toEqual(await pictures(source));
    expect(hashesOf(await ffmpegViewer(recorded, ...PICTURES))).toEqual(hashes);
  });
});

describe.concurrent('AAC', () => {
  it.each([
    ['as LATM', 'rtpmp4apay'],
    ['with AU headers', 'rtpmp4gpay'],
  ])('%s: every access unit of the source', async (_name, pay) => {
    const source = inFolder(`${pay}.mkv`);
    await ffmpeg('-f', 'lavfi', '-i', `${TONES}16000`, '-ac', '2', '-c:a', 'aac', source);
    const units = await sound(source, ...PACKETS);
    await using camera = await LaunchCamera.start(
      `filesrc location=${source} ! matroskademux ! aacparse ! ${pay} name=pay0`,
    );
    const file = inFolder(`${pay}.mp4`);
    const recorded = await record(camera.url, file, (frames) => frames.length === units.length);
    const { streams, packets } = await probe(file);
    expect(streams).toMatchObject([{ codec_name: 'aac', profile: 'LC', sample_rate: '16000', channels: 2 }]);
    expect(packets.slice(1, -1).every((packet) => packet.duration === 1024)).toBe(true);
    expect(await sound(file, ...PACKETS)).toEqual(units);
    expect(hashesOf(await ffmpegViewer(recorded, ...PACKETS))).toEqual(units);
    const samples = await sound(file, '-c:a', 'pcm_s16le', '-f', 'framemd5');
    expect(samples.length).toBeGreaterThanOrEqual(units.length - 1);
  });
});

/** What of the page's own objects is used; this room is compiled without the DOM's types. */
interface PageMedia extends EventTarget {
  src: string;
  currentTime: number;
  readonly buffered: { start(range: number): number; end(range: number): number };
  readonly error: { readonly message: string } | null;
  play(): Promise<void>;
}

interface PageSource extends EventTarget {
  addSourceBuffer(type: string): EventTarget & { appendBuffer(bytes: Uint8Array): void };
  endOfStream(): void;
}

interface PageGlobal {
  readonly document: { createElement(name: 'video'): PageMedia };
  readonly URL: { createObjectURL(source: PageSource): string };
  readonly MediaSource: { new (): PageSource; isTypeSupported(type: string): boolean };
}

/** In the page: plays one file through Media Source Extensions; seconds buffered and seconds played. */
async function playThrough([type, base64]: readonly [string, string]): Promise<[number, number]> {
  const page = globalThis as unknown as PageGlobal;
  const media = page.document.createElement('video');
  const source = new page.MediaSource();
  media.src = page.URL.createObjectURL(source);
  const once = (target: EventTarget, event: string) =>
    new Promise((resolve, reject) => {
      target.addEventListener(event, resolve, { once: true });
      media.addEventListener('error', () => reject(new Error(media.error?.message)), { once: true });
    });
  await once(source, 'sourceopen');
  const buffer = source.addSourceBuffer(type);
  buffer.appendBuffer(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  await once(buffer, 'updateend');
  source.endOfStream();
  const start = media.buffered.start(0);
  const ended = once(media, 'ended');
  media.currentTime = start;
  await media.play();
  await ended;
  return [media.buffered.end(0) - start, media.currentTime - start];
}

describe('a browser', () => {
  it('plays in MP4 what codecs say that browsers may, and nothing else', async () => {
    await using browser = await Browser.start();
    // H.265 is up to the machine: its decoder is the graphics card's.
    const others = codecs.filter((codec) => codec.name !== 'h265');
    const entry = { width: 640, height: 480, channels: 2, sampleRate: 8000 };
    const types: Record<string, string> = { h264: 'video/mp4; codecs="avc1.42C01E"' };
    types['av1'] = 'video/mp4; codecs="av01.0.00M.08"';
    types['aac'] = 'audio/mp4; codecs="mp4a.40.2"';
    types['opus'] = 'audio/mp4; codecs="opus"';
    const typeOf = ({ name, kind, formatFromRecord }: (typeof codecs)[number]) =>
      types[name] ?? `${kind}/mp4; codecs="${formatFromRecord(Buffer.alloc(0), entry).codecString}"`;
    const supported = await browser.page.evaluate(
      (list) => list.map((type) => (globalThis as unknown as PageGlobal).MediaSource.isTypeSupported(type)),
      others.map(typeOf),
    );
    expect(others.map(({ name }, i) => [name, supported[i]])).toEqual(
      others.map((codec) => [codec.name, codec.browser]),
    );
  });

  it.each([1, 2])('plays Opus of %i channels to its end', async (channels) => {
    const file = (await readFile(inFolder(`opus-${channels}.mp4`))).toString('base64');
    await using browser = await Browser.start();
    const [buffered, played] = await browser.page.evaluate(playThrough, [
      'audio/mp4; codecs="opus"',
      file,
    ] as const);
    expect(buffered).toBeGreaterThan(1.95);
    expect(played).toBeGreaterThan(1.95);
  });
});
