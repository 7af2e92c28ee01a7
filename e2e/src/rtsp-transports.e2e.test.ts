import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import {
  parseRtspUrl,
  playableMedia,
  RtspClient,
  type RtspSink,
  RtspToStream,
  type RtspTransport,
} from '@nightjar/media/rtsp';
import { type Frame, MediaStream, SlabPool, systemClock } from '@nightjar/media/stream';
import { describe, expect, it } from 'vitest';
import { GstreamerCamera } from './cameras/gstreamer.ts';
import { eventually } from './harness/index.ts';

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
