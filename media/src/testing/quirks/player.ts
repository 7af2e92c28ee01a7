import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import type { Format, VideoFormat } from '../../codecs/index.ts';
import {
  parseRtspUrl,
  playableMedia,
  RtspClient,
  RtspError,
  RtspToStream,
  type RtspTransport,
  TransportChoice,
} from '../../rtsp/index.ts';
import { type Frame, MediaStream, SlabPool, systemClock, type Track } from '../../stream/index.ts';
import type { Seen, SeenFrame } from './quirk.ts';

const REPORT_MS = 500;
const MAX_SESSIONS = 5;

/** Our client on a camera: tries the transports in turn, as a source does, and keeps what comes. */
export class Player implements Seen, AsyncDisposable {
  readonly frames: SeenFrame[] = [];
  readonly tracks: string[][] = [];
  sessions = 0;
  /** Why the last session ended by itself. */
  readonly ended: Promise<unknown>;
  readonly #url: string;
  readonly #choice: TransportChoice;
  readonly #stream = new MediaStream({ stamp: () => undefined });
  readonly #waiting = new Set<() => void>();
  #end: (error: unknown) => void = () => undefined;
  #client: RtspClient | undefined;
  #ingest: RtspToStream | undefined;
  /** The session that goes on between calls of {@link until}; resolves with what ended it. */
  #running: Promise<unknown> | undefined;
  #cancelReports: () => void = () => undefined;
  readonly #zero = systemClock.monotonic();

  constructor(url: string, transports: readonly RtspTransport[] = ['tcp', 'udp']) {
    this.#url = url;
    this.#choice = new TransportChoice(transports);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#stream.attach(
      {
        onTracks: (tracks) => void this.tracks.push(tracks.map(({ format }) => describe(format))),
        onFrame: (frame) => this.#frame(frame),
        onEnd: () => undefined,
      },
      false,
    );
  }

  of(kind: Track['kind']): SeenFrame[] {
    return this.frames.filter((frame) => frame.kind === kind);
  }

  get counters() {
    return this.#ingest?.counters;
  }

  /**
   * Plays until `condition` holds, which is looked at after each frame.
   * @throws why the last session could not be had or was lost.
   */
  async until(condition: () => boolean): Promise<void> {
    const seen = new Promise<'seen'>((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve('seen');
      };
      this.#waiting.add(look);
      look();
    });
    for (;;) {
      this.#running ??= this.#session();
      const error = await Promise.race([seen, this.#running]);
      if (error === 'seen') return;
      this.#running = undefined;
      if (this.sessions >= MAX_SESSIONS || !this.#choice.failed(error)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.#stream.end();
  }

  /** One session; resolves with the error that ended it. */
  async #session(): Promise<unknown> {
    await this.#close();
    this.sessions++;
    const lost = Promise.withResolvers<unknown>();
    const client = this.#open((error) => lost.resolve(error));
    this.#client = client;
    try {
      await Promise.race([
        this.#play(client),
        lost.promise.then((error) => {
          throw error;
        }),
      ]);
    } catch (error) {
      return error;
    }
    const error = await lost.promise;
    this.#end(error);
    return error;
  }

  #open(onClose: (error: unknown) => void): RtspClient {
    const url = parseRtspUrl(this.#url);
    if (!url) throw new RtspError('not_rtsp', 'the address is not an RTSP URL');
    return new RtspClient({
      url,
      transport: this.#choice.current,
      connect: ({ host, port, secure }, onread) =>
        secure ? tls.connect({ host, port, rejectUnauthorized: false }) : net.connect({ host, port, onread }),
      openUdp: ({ family }) => createSocket(family),
      sink: {
        rtp: (...packet) => this.#ingest?.rtp(...packet),
        rtcp: (...packet) => this.#ingest?.rtcp(...packet),
      },
      readBuffer: Buffer.alloc(64 * 1024),
      random: randomBytes,
      onClose,
    });
  }

  async #play(client: RtspClient): Promise<void> {
    const { sdp } = await client.describe();
    const indexes = playableMedia(sdp);
    if (indexes.length === 0) {
      const offered = sdp.media.map((media) => media.encodingName || media.kind).join(', ');
      throw new RtspError('no_playable_track', `the camera offers ${offered}`);
    }
    await client.setup(indexes);
    const ingest = new RtspToStream(
      indexes.map((index) => sdp.media[index]!),
      {
        stream: this.#stream,
        pool: new SlabPool(),
        clock: systemClock,
        zero: this.#zero,
        onReady: () => undefined,
        onLive: () => this.#choice.works(),
      },
    );
    this.#ingest = ingest;
    ingest.begin(await client.play());
    this.#cancelReports = systemClock.every(REPORT_MS, () =>
      ingest.receiverReports((track, packet) => client.send(track, 'rtcp', packet)),
    );
  }

  async #close(): Promise<void> {
    this.#cancelReports();
    await this.#client?.close();
    this.#ingest?.close();
    this.#ingest = undefined;
  }

  #frame({ track, key, dts, pts, slab, payload, end }: Frame): void {
    const bytes = Buffer.from(slab.buffer.subarray(payload, end));
    const rate = track.format.clockRate;
    this.frames.push({ kind: track.kind, bytes, key, dts: dts / rate, pts: pts / rate });
    for (const look of [...this.#waiting]) look();
  }
}

function describe(format: Format & Partial<VideoFormat>): string {
  const { width, height, codecString, clockRate } = format;
  return width === undefined ? `${codecString} ${clockRate}` : `${codecString} ${width}x${height}`;
}
