import { stampFragment } from '@nightjar/media/mp4';
import { type Clock, MediaStream, type SlabPool } from '@nightjar/media/stream';
import { LiveWindow } from '../live/index.ts';
import { RenditionWriter } from '../privacy/index.ts';
import type { Vision, VisionError, Wish } from '../vision/index.ts';
import type { Rung } from './ladder.ts';

/** Whoever makes smaller pictures. */
export type ReducePictures = Pick<Vision, 'video'>;

export interface LowerOptions {
  /** Id of the stream, of which a process that breaks is remembered. */
  readonly subject: string;
  /** What it is made of; where privacy is on, that is covered already, but for those who may see originals. */
  readonly of: MediaStream;
  readonly rung: Rung;
  readonly vision: ReducePictures;
  readonly clock: Clock;
  readonly pool: SlabPool;
  /** Nobody watches it any more, or it cannot go on: why. */
  readonly onEnd: (error: VisionError | undefined) => void;
}

/** Milliseconds it is made beyond the last request. */
const LINGER = 15_000;

/** A lower rendition of a stream while somebody watches: smaller pictures, the same sound, in a stream of its own. */
export class LowerRendition {
  readonly #window: LiveWindow;
  readonly #writer: RenditionWriter;
  readonly #media = new MediaStream({ stamp: stampFragment });
  readonly #wish: Wish;
  readonly #onEnd: LowerOptions['onEnd'];
  #closed = false;

  /** Throws VisionError. */
  constructor({ subject, of, rung, vision, clock, pool, onEnd }: LowerOptions) {
    this.#onEnd = onEnd;
    this.#writer = new RenditionWriter({
      ...{ stream: this.#media, original: of, pool, clock, audio: 'keep' },
      onReady: () => undefined,
      onLive: () => undefined,
    });
    const { width, bitrate } = rung;
    this.#wish = vision.video({
      ...{ subject, media: of, target: { width, bitrate } },
      onBegin: () => this.#writer.begin(),
      onCoded: (picture) => this.#writer.picture(picture),
      onFailed: (error) => this.#end(error),
    });
    const onIdle = (): void => this.#end(undefined);
    this.#window = new LiveWindow({ stream: this.#media, clock, linger: LINGER, onIdle });
  }

  get media(): MediaStream {
    return this.#media;
  }

  /** Its low-latency window. */
  live(): LiveWindow {
    return this.#window;
  }

  /** Idempotent. */
  close(): void {
    this.#end(undefined);
  }

  #end(error: VisionError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wish.close();
    this.#writer.close();
    this.#media.end();
    this.#window.close();
    this.#onEnd(error);
  }
}
