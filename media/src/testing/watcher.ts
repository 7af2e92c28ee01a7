import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import {
  parseRtspUrl,
  playableMedia,
  RtspClient,
  RtspError,
  RtspToStream,
  type RtspTransport,
} from '../rtsp/index.ts';
import { type Frame, MediaStream, SlabPool, systemClock, type Track } from '../stream/index.ts';

export interface WatcherOptions {
  /** `tcp` when absent. */
  readonly transport?: RtspTransport;
  /** Milliseconds for each answer; 10 s when absent. */
  readonly requestMs?: number;
  /** Where frames go, over several sessions; one of its own when absent. */
  readonly stream?: MediaStream;
  /** Monotonic milliseconds of the stream's media zero; now when absent. */
  readonly zero?: number;
  /** The first key frame came. */
  readonly onLive?: () => void;
}

/** A frame as it came out, its bytes copied; times in seconds of the media clock. */
export interface SeenFrame {
  readonly kind: Track['kind'];
  readonly bytes: Buffer;
  readonly key: boolean;
  readonly dts: number;
  readonly pts: number;
}

/** Keeps every frame of a stream. */
export class Frames {
  readonly all: SeenFrame[] = [];
  /** Each time they were announced. */
  readonly tracks: (readonly Track[])[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #detach: () => void;

  constructor(stream: MediaStream) {
    this.#detach = stream.attach(
      {
        onTracks: (tracks) => void this.tracks.push(tracks),
        onFrame: (frame) => this.#frame(frame),
        onEnd: () => undefined,
      },
      false,
    );
  }

  of(kind: Track['kind']): SeenFrame[] {
    return this.all.filter((frame) => frame.kind === kind);
  }

  /** Resolves once `condition` holds; looked at after each frame. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#detach();
  }

  #frame({ track, key, dts, pts, slab, payload, end }: Frame): void {
    const bytes = Buffer.from(slab.buffer.subarray(payload, end));
    const rate = track.format.clockRate;
    this.all.push({ kind: track.kind, bytes, key, dts: dts / rate, pts: pts / rate });
    for (const look of [...this.#waiting]) look();
  }
}

/** Our client on a camera, for one session, and the frames it made of it. */
export class Watcher implements AsyncDisposable {
  readonly seen: Frames;
  /** `rtptime` of each track as PLAY told it. */
  readonly rtptimes: (number | undefined)[] = [];
  /** Why the session ended by itself. */
  readonly closed: Promise<unknown>;
  readonly #client: RtspClient;
  readonly #stream: MediaStream;
  readonly #options: WatcherOptions;
  #ingest: RtspToStream | undefined;

  constructor(url: string, options: WatcherOptions = {}) {
    const parsed = parseRtspUrl(url);
    if (!parsed) throw new RtspError('not_rtsp', 'the address is not an RTSP URL');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.closed = promise;
    this.#options = options;
    this.#stream = options.stream ?? new MediaStream({ stamp: () => undefined });
    this.seen = new Frames(this.#stream);
    this.#client = new RtspClient({
      url: parsed,
      transport: options.transport ?? 'tcp',
      connect: ({ host, port, secure }, onread) =>
        secure ? tls.connect({ host, port, rejectUnauthorized: false }) : net.connect({ host, port, onread }),
      openUdp: ({ family }) => createSocket(family),
      sink: {
        rtp: (...packet) => this.#ingest?.rtp(...packet),
        rtcp: (...packet) => this.#ingest?.rtcp(...packet),
      },
      readBuffer: Buffer.alloc(64 * 1024),
      random: randomBytes,
      onClose: resolve,
      timeouts: { requestMs: options.requestMs ?? 10_000 },
    });
  }

  get counters(): RtspToStream['counters'] | undefined {
    return this.#ingest?.counters;
  }

  /** `between` runs after SETUP and before PLAY. @throws RtspError. */
  async play(between: () => void = () => undefined): Promise<this> {
    const { sdp } = await this.#client.describe();
    const indexes = playableMedia(sdp);
    if (indexes.length === 0) {
      const offered = sdp.media.map((media) => media.encodingName || media.kind).join(', ');
      throw new RtspError('no_playable_track', `the camera offers ${offered}`);
    }
    await this.#client.setup(indexes);
    const media = indexes.map((index) => sdp.media[index]!);
    this.#ingest = new RtspToStream(media, {
      stream: this.#stream,
      pool: new SlabPool(),
      clock: systemClock,
      zero: this.#options.zero ?? systemClock.monotonic(),
      onReady: () => undefined,
      onLive: this.#options.onLive ?? (() => undefined),
    });
    between();
    const starts = await this.#client.play();
    this.rtptimes.push(...starts.map((start) => start.rtptime));
    this.#ingest.begin(starts);
    return this;
  }

  /** Tells the camera that somebody is there. */
  report(): void {
    this.#ingest?.receiverReports((track, packet) => this.#client.send(track, 'rtcp', packet));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    this.#ingest?.close();
    this.seen.close();
    if (!this.#options.stream) this.#stream.end();
  }
}
