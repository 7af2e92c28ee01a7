import type { PictureOutput } from '@nightjar/contract/vision';
import type { MediaStream } from '@nightjar/media/stream';
import type { MadePicture, PicturesWish, Vision, VisionError } from '../vision/index.ts';
import { multipartPicture } from './multipart.ts';
import type { PictureOptions } from './options.ts';

/** Rows of pictures of one stream at a time. */
const MAX_OUTPUTS = 8;

/** A picture as every viewer of its row gets it. */
export interface HubPicture {
  /** Part of a multipart answer, shared. */
  readonly part: Buffer;
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** UTC milliseconds at which its frame had come from the camera. */
  readonly arrival: number;
}

/** Somebody who watches a row. */
export interface PictureTaker {
  onPicture(picture: HubPicture): void;
  /** No more will come. */
  onFailed(error: VisionError): void;
}

export interface PictureWish extends PictureOptions {
  readonly fps: number;
}

interface Row extends PictureOptions {
  readonly id: string;
  readonly takers: Map<PictureTaker, number>;
  latest: HubPicture | undefined;
}

/** There are too many widths and qualities of this stream being made. */
export class TooManyRowsError extends Error {}

/** The pictures of one stream while anybody watches: one decode, one encode for each width and quality. */
export class PictureHub {
  readonly #vision: Pick<Vision, 'pictures'>;
  readonly #about: { subject: string; media: MediaStream; onIdle: () => void };
  readonly #rows = new Map<string, Row>();
  #wish: PicturesWish | undefined;

  constructor(
    vision: Pick<Vision, 'pictures'>,
    about: { subject: string; media: MediaStream; onIdle: () => void },
  ) {
    this.#vision = vision;
    this.#about = about;
  }

  /** The returned function ends it. Throws VisionError, TooManyRowsError. */
  join(wish: PictureWish, taker: PictureTaker): () => void {
    const row = this.#rowOf(wish);
    row.takers.set(taker, wish.fps);
    try {
      this.#wish ??= this.#vision.pictures({
        ...this.#about,
        onPicture: (picture) => this.#share(picture),
        onFailed: (error) => this.#fail(error),
      });
    } catch (error) {
      this.#rows.clear();
      this.#about.onIdle();
      throw error;
    }
    this.#tell();
    if (row.latest) taker.onPicture(row.latest);
    return () => this.#leave(row, taker);
  }

  /** The newest picture of a row that is being made. */
  latest(options: PictureOptions): HubPicture | undefined {
    return this.#rows.get(keyOf(options))?.latest;
  }

  #rowOf(options: PictureOptions): Row {
    const id = keyOf(options);
    const existing = this.#rows.get(id);
    if (existing) return existing;
    if (this.#rows.size >= MAX_OUTPUTS)
      throw new TooManyRowsError(`${MAX_OUTPUTS} sizes and qualities of this stream are watched already`);
    const { width, quality } = options;
    const row: Row = { id, width, quality, takers: new Map(), latest: undefined };
    this.#rows.set(id, row);
    return row;
  }

  #leave(row: Row, taker: PictureTaker): void {
    if (!row.takers.delete(taker)) return;
    if (row.takers.size === 0) this.#rows.delete(row.id);
    if (this.#rows.size > 0) this.#tell();
    else this.#end();
  }

  #tell(): void {
    this.#wish?.outputs([...this.#rows.values()].map(outputOf));
  }

  #share({ output, jpeg, width, height, arrival }: MadePicture): void {
    const row = this.#rows.get(output);
    if (!row) return;
    const whole = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
    row.latest = { part: multipartPicture(jpeg), jpeg: whole, width, height, arrival };
    for (const taker of [...row.takers.keys()]) taker.onPicture(row.latest);
  }

  #fail(error: VisionError): void {
    const takers = [...this.#rows.values()].flatMap((row) => [...row.takers.keys()]);
    this.#rows.clear();
    this.#end();
    for (const taker of takers) taker.onFailed(error);
  }

  #end(): void {
    this.#wish?.close();
    this.#wish = undefined;
    this.#about.onIdle();
  }
}

const keyOf = ({ width, quality }: PictureOptions): string => `${width ?? 'full'} ${quality}`;

function outputOf({ id, width, quality, takers }: Row): PictureOutput {
  return { id, width, quality, fps: Math.max(...takers.values()) };
}
