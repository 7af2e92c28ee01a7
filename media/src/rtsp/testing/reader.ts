import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type Frame, MediaStream, SlabPool, systemClock } from '../../stream/index.ts';
import type { RtspSink } from '../channel-map.ts';
import { RtspClient } from '../client.ts';
import type { RtspTransport } from '../errors.ts';
import { playableMedia, RtspToStream } from '../to-stream.ts';
import { parseRtspUrl } from '../wire/url.ts';

/** Our client on a camera, counting the frames that reach the stream. */
export class Reader implements AsyncDisposable {
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

  get facts() {
    return { ...this.frames, ...this.#ingest?.counters, stray: this.client.strayPackets };
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
