import { writeMfra } from '@nightjar/media/mp4';
import type { SlabPool, Track } from '@nightjar/media/stream';
import type { KeyEntry, Part, PartBytes } from './part.ts';
import type { FootageFile } from './storage.ts';

/** Seconds of media that may wait for a slow disk before parts are given up. */
const MAX_WAITING = 8;

export interface SegmentFileOptions {
  /** Opens the file; called once, before the first part is written. */
  readonly open: () => Promise<FootageFile>;
  readonly init: Buffer;
  readonly lead: Track;
  readonly pool: SlabPool;
  /** A part is durable: seconds and bytes of the file up to and with it. */
  readonly onGrown: (duration: number, bytes: number) => void;
  /** The file can not be written any more; called at most once. */
  readonly onFailed: (error: Error) => void;
}

/** One segment on its way to disk: one write in flight, then `fdatasync`, then the fact. */
export class SegmentFile {
  readonly #options: SegmentFileOptions;
  readonly #waiting: PartBytes[] = [];
  readonly #index: { time: number; moofOffset: number }[] = [];
  #file: FootageFile | undefined;
  #bytes = 0;
  #duration = 0;
  #failed = false;
  #work: Promise<void> | undefined;

  constructor(options: SegmentFileOptions) {
    this.#options = options;
  }

  /** Takes over the part. False when the disk is so far behind that the part was given up. */
  write(part: Part): boolean {
    const behind = this.#waiting.reduce((sum, waiting) => sum + waiting.duration, 0);
    if (this.#failed || behind > MAX_WAITING) {
      part.release();
      return this.#failed;
    }
    this.#waiting.push(part.assemble(this.#options.pool));
    this.#work ??= this.#drain();
    return true;
  }

  /** Writes what waits, then the index of key frames, and closes. The figures are those on disk. */
  async close(): Promise<{ duration: number; bytes: number }> {
    await this.#work;
    const file = this.#file;
    this.#file = undefined;
    if (file && !this.#failed) {
      try {
        const index = writeMfra([{ trackId: this.#options.lead.id, points: this.#index }]);
        await file.append([index]);
        await file.sync();
        this.#bytes += index.length;
      } catch (error) {
        this.#fail(error);
      }
    }
    await file?.close().catch((error: unknown) => this.#fail(error));
    return { duration: this.#duration, bytes: this.#bytes };
  }

  async #drain(): Promise<void> {
    try {
      for (let part = this.#waiting[0]; part; part = this.#waiting[0]) {
        this.#file ??= await this.#begin();
        await this.#append(this.#file, part);
        this.#waiting.shift();
        release(part);
        this.#options.onGrown(this.#duration, this.#bytes);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#work = undefined;
    }
  }

  async #begin(): Promise<FootageFile> {
    const file = await this.#options.open();
    await file.append([this.#options.init]);
    this.#bytes = this.#options.init.length;
    return file;
  }

  async #append(file: FootageFile, { slabs, bytes, duration, keys }: PartBytes): Promise<void> {
    await file.append(slabs.map(({ buffer, used }) => buffer.subarray(0, used)));
    await file.sync();
    for (const { time, offset } of keys) this.#note({ time, offset });
    this.#bytes += bytes;
    this.#duration += duration;
  }

  #note({ time, offset }: KeyEntry): void {
    this.#index.push({ time, moofOffset: this.#bytes + offset });
  }

  #fail(error: unknown): void {
    for (const part of this.#waiting.splice(0)) release(part);
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailed(error instanceof Error ? error : new Error(String(error)));
  }
}

function release(part: PartBytes): void {
  for (const slab of part.slabs) slab.release();
}
