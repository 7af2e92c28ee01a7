import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { RtpSender } from '@nightjar/media/rtp';
import {
  type Publish,
  parseRtspUrl,
  playableMedia,
  RtspClient,
  RtspServer,
  type RtspSink,
  RtspToStream,
  type RtspTransport,
} from '@nightjar/media/rtsp';
import { type Frame, MediaStream, SlabPool, systemClock } from '@nightjar/media/stream';
import { describe, expect, it } from 'vitest';
import { GstreamerCamera } from './cameras/gstreamer.ts';
import { eventually, runCommand } from './harness/index.ts';

const FPS = 25;

/** Our client on a camera, counting the frames that reach the stream. */
class Reader implements AsyncDisposable {
  readonly client: RtspClient;
  readonly stream = new MediaStream({ stamp: () => undefined });
  readonly frames = { video: 0, audio: 0, key: 0 };
  #ingest: RtspToStream | undefined;

  constructor(url: string, transport: RtspTransport) {
    const sink: RtspSink = {
      rtp: (...packet) => this.#ingest?.rtp(...packet),
      rtcp: (...packet) => this.#ingest?.rtcp(...packet),
    };
    this.client = new RtspClient({
      url: parseRtspUrl(url)!,
      transport,
      connect: ({ host, port }, onread) => connect({ host, port, onread }),
      openUdp: ({ family }) => createSocket(family),
      sink,
      readBuffer: Buffer.alloc(64 * 1024),
      random: randomBytes,
    });
    const onFrame = (frame: Frame) => {
      this.frames[frame.track.kind]++;
      if (frame.track.kind === 'video' && frame.key) this.frames.key++;
    };
    this.stream.attach({ onTracks: () => undefined, onFrame, onEnd: () => undefined }, false);
  }

  get counters() {
    return this.#ingest!.counters;
  }

  async play(): Promise<void> {
    const { sdp } = await this.client.describe();
    const indexes = playableMedia(sdp);
    await this.client.setup(indexes);
    const media = indexes.map((index) => sdp.media[index]!);
    this.#ingest = new RtspToStream(media, {
      stream: this.stream,
      pool: new SlabPool(),
      clock: systemClock,
      zero: systemClock.monotonic(),
      onReady: () => undefined,
      onLive: () => undefined,
    });
    this.#ingest.begin(await this.client.play());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    this.#ingest?.close();
    this.stream.end();
  }
}

describe("GStreamer's RTSP server as a camera", () => {
  it.each<RtspTransport>(['udp', 'tcp'])(
    'plays over %s, picture and sound, without loss',
    async (transport) => {
      await using camera = await GstreamerCamera.start({ user: 'admin', password: 'p4ss/word', fps: FPS });
      await using reader = new Reader(camera.url, transport);
      await reader.play();
      await eventually('4 s of picture', () => reader.frames.video >= 4 * FPS, { timeoutMs: 15_000 });
      expect(reader.frames.key).toBeGreaterThanOrEqual(3);
      expect(reader.frames.audio).toBeGreaterThan((3 * 48_000) / 1024);
      expect(reader.counters).toMatchObject({ lost: 0, dropped: 0 });
      expect(reader.client.strayPackets).toBe(0);
    },
  );
});

/** Our RTSP server alone: what is published to it under a path is played from it. */
class Hub implements AsyncDisposable {
  readonly server: RtspServer;
  readonly frames = { video: 0, audio: 0 };
  readonly keys: (string | undefined)[] = [];
  counters: RtspToStream['counters'] | undefined;
  #senders = new Map<string, RtpSender>();

  private constructor() {
    this.server = new RtspServer({
      host: '127.0.0.1',
      port: 0,
      udpPort: 0,
      clock: systemClock,
      random: randomBytes,
      realm: 'Nightjar',
      auth: { verify: async (_user, password) => password === 'p4ss' && 'viewer' },
      resolve: async (path) => {
        const sender = this.#senders.get(path);
        return sender && { sender, release: () => undefined };
      },
      publish: (...request) => this.#publish(...request),
    });
  }

  static async start(): Promise<Hub> {
    const hub = new Hub();
    await hub.server.start();
    return hub;
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.server.port}/studio`;
  }

  get playUrl(): string {
    return `rtsp://viewer:p4ss@127.0.0.1:${this.server.port}/studio`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }

  #publish: Publish = async (path, _identity, key, sdp) => {
    this.keys.push(key);
    if (key !== 'k/1') return undefined;
    const stream = new MediaStream({ stamp: () => undefined });
    const onFrame = (frame: Frame) => void this.frames[frame.track.kind]++;
    stream.attach({ onTracks: () => undefined, onFrame, onEnd: () => undefined }, false);
    let ingest: RtspToStream | undefined;
    return {
      media: playableMedia(sdp),
      record: (indexes) => {
        ingest = new RtspToStream(
          indexes.map((index) => sdp.media[index]!),
          {
            stream,
            pool: new SlabPool(),
            clock: systemClock,
            zero: systemClock.monotonic(),
            onReady: () => {
              const random32 = () => randomBytes(4).readUInt32BE(0);
              this.#senders.set(path, new RtpSender(stream, { clock: systemClock, random32 }));
            },
            onLive: () => undefined,
          },
        );
        return ingest;
      },
      close: () => {
        this.counters = ingest?.counters;
        this.#senders.delete(path);
        ingest?.close();
        stream.end();
      },
    };
  };
}

const CLIP = [
  '-f',
  'lavfi',
  '-i',
  'testsrc2=s=640x360:r=25',
  '-f',
  'lavfi',
  '-i',
  'sine=frequency=440:r=48000',
];
const CODECS = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'];

/** ffmpeg publishing for `seconds`; settles when it ends. */
function ffmpegPublishes(url: string, transport: string, seconds: number) {
  const out = ['-t', String(seconds), '-f', 'rtsp', '-rtsp_transport', transport, url];
  return runCommand('ffmpeg', ['-nostdin', '-v', 'error', '-re', ...CLIP, ...CODECS, ...out], {
    timeoutMs: 40_000,
  });
}

/** Decodes `seconds` of what the hub serves with ffmpeg: its complaints, and the frames it decoded. */
async function ffmpegPlays(url: string, transport: string, seconds: number) {
  const input = ['-nostdin', '-v', 'error', '-stats', '-xerror', '-rtsp_transport', transport, '-i', url];
  const output = ['-map', '0:v', '-map', '0:a', '-t', String(seconds), '-f', 'null', '-'];
  const { code, stderr } = await runCommand('ffmpeg', [...input, ...output], { timeoutMs: 30_000 });
  const lines = stderr.split(/[\r\n]+/).filter((line) => line !== '');
  const frames = lines.flatMap((line) => /^frame=\s*(\d+)/.exec(line)?.[1] ?? []).map(Number);
  return { code, complaints: lines.filter((line) => !line.startsWith('frame=')), frames: frames.at(-1) ?? 0 };
}

describe('publishers and players that nobody here wrote', () => {
  it.each([
    ['tcp', 'udp'],
    ['udp', 'tcp'],
  ])('ffmpeg publishes over %s, ffmpeg and ffprobe play over %s', async (published, played) => {
    await using hub = await Hub.start();
    const publishing = ffmpegPublishes(`${hub.url}?key=k%2F1`, published, 14);
    await eventually('a picture', () => hub.frames.video > 10 && hub.frames.audio > 10, {
      timeoutMs: 15_000,
    });
    expect(await ffmpegPlays(hub.playUrl, played, 4)).toMatchObject({ code: 0, complaints: [] });
    const { frames } = await ffmpegPlays(hub.playUrl, played, 2);
    expect(frames).toBeGreaterThanOrEqual(45);
    const probe = [
      '-v',
      'error',
      '-rtsp_transport',
      played,
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
    ];
    const { stdout, stderr } = await runCommand('ffprobe', [...probe, hub.playUrl], { timeoutMs: 20_000 });
    expect({ codecs: stdout.toString().split('\n').filter(Boolean), stderr }).toEqual({
      codecs: ['h264', 'aac'],
      stderr: '',
    });
    expect(await publishing).toMatchObject({ code: 0, stderr: '' });
    await eventually('the publication to end', () => hub.counters, { timeoutMs: 5000 });
    expect(hub.counters).toMatchObject({ lost: 0, dropped: 0 });
    expect(hub.frames.video).toBeGreaterThanOrEqual(14 * 25 - 5);
  });

  it('with a wrong key ffmpeg is refused', async () => {
    await using hub = await Hub.start();
    const { code, stderr } = await ffmpegPublishes(`${hub.url}?key=wrong`, 'tcp', 2);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/401/);
    expect(hub.server.stats()).toMatchObject({ recording: 0 });
  });

  it.each(['tcp', 'udp'])("GStreamer's rtspclientsink publishes over %s", async (transport) => {
    await using hub = await Hub.start();
    const video =
      'videotestsrc is-live=true num-buffers=125 ! video/x-raw,width=640,height=360,framerate=25/1';
    const encoded = 'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! h264parse';
    const sink = `rtspclientsink location=${hub.url}?key=k%2F1 protocols=${transport}`;
    const pipeline = `${video} ! ${encoded} ! ${sink}`.split(' ');
    // Over UDP it does not always end by itself: then it is killed, and that must end the publication as well.
    const publishing = runCommand('gst-launch-1.0', ['-q', ...pipeline], { timeoutMs: 10_000 });
    await eventually('a picture', () => hub.frames.video >= 75, { timeoutMs: 15_000 });
    expect(hub.server.sessions()).toMatchObject([{ mode: 'record', playing: true }]);
    const { code } = await publishing;
    expect(transport === 'tcp' ? [0] : [0, null]).toContain(code);
    await eventually('the publication to end', () => hub.counters, { timeoutMs: 5000 });
    expect(hub.counters).toMatchObject({ lost: 0, dropped: 0 });
    expect(hub.frames.video).toBeGreaterThanOrEqual(120);
  });

  it.each(['tcp', 'udp'])("GStreamer's rtspsrc plays over %s", async (transport) => {
    await using hub = await Hub.start();
    const publishing = ffmpegPublishes(`${hub.url}?key=k%2F1`, 'tcp', 8);
    await eventually('a picture', () => hub.frames.video > 10, { timeoutMs: 15_000 });
    const source = ['rtspsrc', `location=${hub.playUrl}`, `protocols=${transport}`, 'latency=200'];
    const decoded = ['!', 'rtph264depay', '!', 'avdec_h264', '!', 'fakesink', 'num-buffers=60', 'sync=false'];
    const { code, stderr } = await runCommand('gst-launch-1.0', ['-q', ...source, ...decoded], {
      timeoutMs: 20_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await publishing;
  });
});
