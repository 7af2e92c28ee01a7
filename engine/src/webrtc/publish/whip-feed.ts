import { RtspToStream } from '@nightjar/media/rtsp';
import type { Clock, Frame, Reader } from '@nightjar/media/stream';
import type { PublishedTrack } from '@nightjar/media/webrtc';
import { type Admission, type Publisher, SourceError, type SourceOptions } from '../../sources/index.ts';
import { readBatch } from './packet-batch.ts';

/** Milliseconds without a key frame after which one is asked for: browsers make none by themselves. */
const KEY_INTERVAL = 2_000;
const WATCH_INTERVAL = 500;

export interface WhipFeedOptions {
  readonly source: SourceOptions;
  readonly tracks: readonly PublishedTrack[];
  readonly clock: Pick<Clock, 'every' | 'monotonic'>;
  /** Asks the publisher for a key frame. */
  readonly refresh: () => void;
  /** The stream takes no more of it. */
  readonly onEnd: (reason: string) => void;
}

/** One WHIP publisher: its packets become the stream's frames. */
export class WhipFeed implements Publisher, Reader {
  admission: Admission | undefined;
  readonly #options: WhipFeedOptions;
  readonly #ingest: RtspToStream;
  readonly #hasVideo: boolean;
  readonly #stop: () => void;
  #lastKey = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(options: WhipFeedOptions) {
    const { source, tracks, clock } = options;
    this.#options = options;
    this.#hasVideo = tracks.some(({ kind }) => kind === 'video');
    this.#ingest = new RtspToStream(tracks.map(sectionOf), source);
    const detach = source.stream.attach(this, false);
    const stopWatch = clock.every(WATCH_INTERVAL, () => this.#watch());
    this.#stop = () => {
      detach();
      stopWatch();
    };
  }

  get counters() {
    return this.#ingest.counters;
  }

  get lastFrame(): number {
    return this.#ingest.lastFrame;
  }

  get trouble(): string | undefined {
    const missing = this.#ingest.unknownTracks;
    return missing.length > 0 ? `nothing that can be played came of its ${missing.join(' and ')}` : undefined;
  }

  /** Packets from the worker. */
  media(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#over)
      readBatch(bytes, (track, kind, b, start, end) => this.#ingest[kind](track, b, start, end));
  }

  /** The publisher went, or its connection failed. */
  gone(reason: string): void {
    this.admission?.lost(new SourceError('closed_by_camera', reason, 'at once'));
  }

  end(reason: string): void {
    this.#over = true;
    this.#stop();
    this.#ingest.close();
    this.#options.onEnd(reason);
  }

  onTracks(): void {
    // Only key frames are of interest.
  }

  onFrame({ key, track }: Frame): void {
    if (key && track.kind === 'video') this.#lastKey = this.#options.clock.monotonic();
  }

  onEnd(): void {
    // The stream's source ends first.
  }

  #watch(): void {
    if (!this.#hasVideo) return;
    if (this.#options.clock.monotonic() - this.#lastKey >= KEY_INTERVAL) this.#options.refresh();
  }
}

/** The track as an RTSP description would have it. */
function sectionOf(track: PublishedTrack, index: number) {
  const { payloadType } = track;
  return {
    ...track,
    ...{ index, port: 9, proto: 'UDP/TLS/RTP/SAVPF', payloadTypes: [payloadType], control: undefined },
    direction: 'sendonly' as const,
  };
}
