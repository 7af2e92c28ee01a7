import { randomBytes } from 'node:crypto';
import { RtpSender } from '../../rtp/index.ts';
import { type Frame, MediaStream, SlabPool, systemClock } from '../../stream/index.ts';
import type { Publish } from '../server/publication.ts';
import { RtspServer } from '../server.ts';
import { playableMedia, RtspToStream } from '../to-stream.ts';

/**
 * Our RTSP server alone: what is published to it with the key `k/1` is played from the same path, by whoever has the
 * password `p4ss`.
 */
export class Hub implements AsyncDisposable {
  readonly server: RtspServer;
  /** Published so far. */
  readonly frames = { video: 0, audio: 0 };
  readonly keys: (string | undefined)[] = [];
  counters: RtspToStream['counters'] | undefined;
  #senders = new Map<string, RtpSender>();

  private constructor() {
    this.server = new RtspServer({
      host: '127.0.0.1',
      port: 0,
      udpPort: 0,
      httpTunnel: true,
      clock: systemClock,
      random: randomBytes,
      realm: 'Nightjar',
      auth: { verify: async (_user, password) => password === 'p4ss' && 'viewer' },
      resolve: async (path) => {
        const sender = this.#senders.get(path);
        return sender && { sender, release: () => undefined };
      },
      publish: (request) => this.#publish(request),
    });
  }

  static async start(): Promise<Hub> {
    const hub = new Hub();
    await hub.server.start();
    return hub;
  }

  /** `counters` are those of the last publication that ended. */
  get facts() {
    const { recording, playing } = this.server.stats();
    const { port } = this.server;
    return { port, ...this.frames, keys: this.keys, recording, playing, ended: this.counters };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }

  #publish: Publish = async ({ path, key, announced: sdp }) => {
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
