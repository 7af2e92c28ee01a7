import type { Clock } from '@nightjar/media/stream';
import type { VisionError } from '../vision/index.ts';
import { OPENING } from './multipart.ts';
import type { HubPicture, PictureTaker } from './picture-hub.ts';

/** The client's end of the connection. */
export interface PictureWire {
  readonly writableNeedDrain: boolean;
  write(chunk: Buffer): unknown;
  on(event: 'drain', listener: () => void): unknown;
}

export interface MjpegViewerOptions {
  readonly wire: PictureWire;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** At most so many pictures a second. */
  readonly fps: number;
  /** Counts what is sent and left out. */
  readonly count: { bytes: number; dropped: number };
  /** Before anything is written. */
  readonly onBegin: () => void;
  readonly onTooSlow: () => void;
  readonly onFailed: (error: VisionError) => void;
}

/** Milliseconds after which a client that takes nothing is given up. */
const PATIENCE = 10_000;

/** One client of a multipart answer: gets the newest picture whenever the one before has left. */
export class MjpegViewer implements PictureTaker {
  readonly #options: MjpegViewerOptions;
  #begun = false;
  #next: HubPicture | undefined;
  #lastArrival = Number.NEGATIVE_INFINITY;
  #blockedSince: number | undefined;

  constructor(options: MjpegViewerOptions) {
    this.#options = options;
    options.wire.on('drain', () => this.#drained());
  }

  onPicture(picture: HubPicture): void {
    const { wire, clock, count, fps, onTooSlow } = this.#options;
    // Frames of 25 a second do not come 40 ms apart exactly.
    if (picture.arrival - this.#lastArrival < 1000 / fps - 12) return;
    this.#lastArrival = picture.arrival;
    if (!wire.writableNeedDrain) {
      this.#write(picture);
      return;
    }
    if (this.#next) count.dropped++;
    this.#next = picture;
    this.#blockedSince ??= clock.monotonic();
    if (clock.monotonic() - this.#blockedSince > PATIENCE) onTooSlow();
  }

  onFailed(error: VisionError): void {
    this.#options.onFailed(error);
  }

  #drained(): void {
    this.#blockedSince = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.#write(next);
  }

  #write({ part }: HubPicture): void {
    const { wire, count, onBegin } = this.#options;
    if (!this.#begun) {
      this.#begun = true;
      onBegin();
      count.bytes += OPENING.length;
      wire.write(OPENING);
    }
    count.bytes += part.length;
    wire.write(part);
  }
}
