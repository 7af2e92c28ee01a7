import { type Publication, type PublishRequest, playableMedia, RtspToStream } from '@nightjar/media/rtsp';
import {
  type Admission,
  type Publisher,
  type Publishers,
  type SourceCounters,
  SourceError,
  type SourceOptions,
} from '../sources/index.ts';

const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };
/** Besides `/{stream_id}?key={key}`, the address that RTMP publishers have. */
const BY_KEY = /^live\/([^/]+)$/;

export interface PublishDoor {
  readonly publishers: Publishers;
  /** The stream that a path names. */
  readonly stream: (path: string) => SourceOptions['stream'] | undefined;
  /** Ends the connection of a client. */
  readonly disconnect: (peer: string) => void;
}

/** The key of a path itself, where there is one. */
export function keyOfPath(path: string): string | undefined {
  return BY_KEY.exec(path)?.[1];
}

/** Lets a publisher in that shows the key of the stream its path names. Undefined: it may not. */
export async function publishByRtsp(
  { path, key: shown, announced, peer }: Omit<PublishRequest, 'identity'>,
  { publishers, stream, disconnect }: PublishDoor,
): Promise<Publication | undefined> {
  const ofPath = keyOfPath(path);
  const key = shown ?? ofPath ?? '';
  const meant = publishers.streamOf(key);
  if (!meant || (ofPath === undefined && stream(path) !== meant)) return undefined;
  const feeds: RtspFeed[] = [];
  const admission = await publishers.admit(key, (options) => {
    const feed = new RtspFeed(options, announced, () => disconnect(peer));
    feeds.push(feed);
    return feed;
  });
  const [feed] = feeds;
  if (typeof admission === 'string' || !feed) return undefined;
  feed.admission = admission;
  return feed;
}

/** One publisher: its packets become the stream's frames. */
class RtspFeed implements Publisher, Publication {
  admission: Admission | undefined;
  readonly media: readonly number[];
  readonly #options: SourceOptions;
  readonly #announced: PublishRequest['announced'];
  readonly #disconnect: () => void;
  readonly #begun: number;
  #ingest: RtspToStream | undefined;
  #transport: 'tcp' | 'udp' | undefined;
  #over = false;

  constructor(options: SourceOptions, announced: PublishRequest['announced'], disconnect: () => void) {
    this.#options = options;
    this.#announced = announced;
    this.#disconnect = disconnect;
    this.#begun = options.clock.monotonic();
    this.media = playableMedia(announced);
  }

  get counters(): SourceCounters {
    return this.#ingest?.counters ?? NOTHING;
  }

  get lastFrame(): number {
    return this.#ingest?.lastFrame ?? this.#begun;
  }

  get transport(): 'tcp' | 'udp' | undefined {
    return this.#transport;
  }

  record(indexes: readonly number[], transport: 'tcp' | 'udp'): RtspToStream {
    this.#transport = transport;
    const media = indexes.map((index) => this.#announced.media[index]!);
    // A stream that wants no more of it must not be touched.
    const nobody = { onReady: () => undefined, onLive: () => undefined };
    this.#ingest = new RtspToStream(media, { ...this.#options, ...(this.#over ? nobody : {}) });
    if (this.#over) {
      this.#ingest.close();
      queueMicrotask(this.#disconnect);
    }
    return this.#ingest;
  }

  /** The publisher went. */
  close(): void {
    this.admission?.lost(new SourceError('closed_by_camera', 'the publisher left', 'at once'));
  }

  /** The stream wants no more of it. */
  end(): void {
    this.#over = true;
    this.#ingest?.close();
    this.#disconnect();
  }
}
