import { MalformedError } from '../bytes/index.ts';
import { mjpegFormat } from '../codecs/index.ts';
import {
  type Clock,
  FrameTooLargeError,
  FrameWriter,
  type MediaStream,
  type SlabPool,
} from '../stream/index.ts';
import { JpegSplitter } from './splitter.ts';

export interface MjpegToStreamOptions {
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Monotonic milliseconds of the stream's media zero, the same over all sessions: times go on behind the last one. */
  readonly zero: number;
  /** The format is known and announced. */
  readonly onReady: () => void;
  /** The first picture was published. */
  readonly onLive: () => void;
}

const TICKS_PER_MS = 90;
const VIDEO_RATE = 90_000;
const TRACK = 1;

/** The pictures of a multipart answer become frames of a stream. Nothing tells their times: they are of when they came. */
export class MjpegToStream {
  /** Monotonic milliseconds at which the last picture was published. */
  lastFrame: number;
  readonly #options: MjpegToStreamOptions;
  readonly #splitter = new JpegSplitter((b, end, width, height) => this.#picture(b, end, width, height));
  #writer: FrameWriter | undefined;
  #size = '';
  #last: number;
  #bytes = 0;
  #pictures = 0;
  #dropped = 0;
  #closed = false;

  constructor(options: MjpegToStreamOptions) {
    this.#options = options;
    this.lastFrame = options.clock.monotonic();
    this.#last = Math.ceil(options.stream.newest * VIDEO_RATE) - 1;
  }

  /** Since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const dropped = this.#dropped + this.#splitter.dropped;
    return { bytes: this.#bytes, packets: this.#pictures, lost: 0, dropped };
  }

  /** What comes and cannot be used, in words; undefined when pictures come. */
  get trouble(): string | undefined {
    return this.#pictures === 0 && this.#bytes > 0 ? 'no JPEG in what comes' : undefined;
  }

  read(chunk: Buffer): void {
    if (this.#closed) return;
    this.#bytes += chunk.length;
    this.#splitter.read(chunk);
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#writer) return;
    this.#writer.close();
    this.#options.stream.setTracks([]);
  }

  #picture(b: Buffer, end: number, width: number, height: number): void {
    this.#pictures++;
    try {
      const first = this.#writer === undefined;
      const writer = this.#writerOf(width, height);
      const now = this.#options.clock.monotonic();
      this.#last = Math.max(this.#last + 1, Math.round((now - this.#options.zero) * TICKS_PER_MS));
      writer.begin();
      writer.append(b, 0, end);
      writer.finish(this.#last, this.#last, true);
      this.lastFrame = now;
      if (first) this.#options.onLive();
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
      this.#writer?.abort();
      this.#dropped++;
    }
  }

  /** Pictures of another size are another format. */
  #writerOf(width: number, height: number): FrameWriter {
    const size = `${width}x${height}`;
    if (this.#writer && size === this.#size) return this.#writer;
    const format = mjpegFormat(width, height);
    const { stream, pool, clock, onReady } = this.#options;
    const first = this.#writer === undefined;
    this.#writer?.close();
    const track = { id: TRACK, kind: 'video', format } as const;
    this.#writer = new FrameWriter({ track, pool, clock, push: (frame) => stream.push(frame) });
    this.#size = size;
    stream.setTracks([track]);
    if (first) onReady();
    return this.#writer;
  }
}
