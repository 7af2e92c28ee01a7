import { randomBytes } from 'node:crypto';
import { FlvFan } from '../../flv/index.ts';
import {
  type Clock,
  type Frame,
  MediaStream,
  SlabPool,
  systemClock,
  type Track,
} from '../../stream/index.ts';
import { rtmpFraming } from '../chunk-writer.ts';
import type { RtmpPeer, RtmpPlayback, RtmpPublication, RtmpRefusal, RtmpRequest } from '../server/hooks.ts';
import { RtmpServer, type RtmpServerOptions } from '../server.ts';
import { FlvToStream } from '../to-stream.ts';

/** The key that publishes, and the name that plays what it publishes. */
export const KEY = 'k3y';
export const NAME = 'yard';

/** Our RTMP server alone: what is published with the key `k3y` is played as `yard`. */
export class Studio implements AsyncDisposable {
  readonly server: RtmpServer;
  readonly stream = new MediaStream({ stamp: () => undefined });
  readonly frames: Pick<Frame, 'dts' | 'pts' | 'key' | 'track'>[] = [];
  readonly tracks: (readonly Track[])[] = [];
  readonly requests: RtmpRequest[] = [];
  /** Why publishers went. */
  readonly left: string[] = [];
  readonly errors: unknown[] = [];
  counters: FlvToStream['counters'] | undefined;
  readonly #fan = new FlvFan({ stream: this.stream, framing: rtmpFraming });
  readonly #zero: number;
  readonly #clock: Clock;

  private constructor(options: Partial<RtmpServerOptions>) {
    this.#clock = options.clock ?? systemClock;
    this.#zero = this.#clock.monotonic();
    this.stream.attach(
      {
        onTracks: (tracks) => void this.tracks.push(tracks),
        onFrame: ({ dts, pts, key, track }) => void this.frames.push({ dts, pts, key, track }),
        onEnd: () => undefined,
      },
      false,
    );
    this.server = new RtmpServer({
      host: '127.0.0.1',
      port: 0,
      clock: this.#clock,
      random: randomBytes,
      publish: (request) => this.#publish(request),
      play: (request, peer) => this.#play(request, peer),
      onError: (error) => void this.errors.push(error),
      ...options,
    });
  }

  static async start(options: Partial<RtmpServerOptions> = {}): Promise<Studio> {
    const studio = new Studio(options);
    await studio.server.start();
    return studio;
  }

  url(name: string, scheme = 'rtmp'): string {
    return `${scheme}://127.0.0.1:${this.server.port}/live/${name}`;
  }

  /** Frames of a kind so far. */
  count(kind: Track['kind']): number {
    return this.frames.filter(({ track }) => track.kind === kind).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.stream.end();
  }

  async #publish(request: RtmpRequest): Promise<RtmpPublication | RtmpRefusal> {
    this.requests.push(request);
    if (request.path !== KEY && request.query.get('key') !== KEY)
      return { refused: 'no stream has this key' };
    const ingest = new FlvToStream({
      stream: this.stream,
      pool: new SlabPool(),
      clock: this.#clock,
      zero: this.#zero,
      onReady: () => undefined,
      onLive: () => undefined,
    });
    return {
      tag: (...tag) => ingest.tag(...tag),
      close: (reason) => {
        this.counters = ingest.counters;
        this.left.push(reason);
        ingest.close();
      },
    };
  }

  async #play(request: RtmpRequest, peer: RtmpPeer): Promise<RtmpPlayback | RtmpRefusal> {
    this.requests.push(request);
    if (request.path !== NAME) return { refused: 'no such stream' };
    let leave: (() => void) | undefined;
    return {
      start: () => {
        leave = this.#fan.join({
          onHeaders: (messages) => void messages.map((each) => peer.write(each)),
          onBacklog: (messages) => void messages.map((each) => peer.write(each)),
          onMessage: (message) => peer.write(message),
          onEnd: () => peer.end('NetStream.Play.UnpublishNotify', 'the stream has ended'),
        });
      },
      close: () => leave?.(),
    };
  }
}
