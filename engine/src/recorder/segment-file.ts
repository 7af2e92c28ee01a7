import { writeMfra } from '@nightjar/media/mp4';
import type { SlabPool, StowedFrame, Track } from '@nightjar/media/stream';
import type { KeyEntry, Part, PartBytes } from './part.ts';
import type { FootageFile } from './storage.ts';

/** What waits for the disk; all files of a stream count together, for a disk that hangs would hold many. */
export interface Backlog {
  /** Of media. */
  seconds: number;
  bytes: number;
}

/** Above these, parts are given up. */
const MAX_WAITING: Backlog = { seconds: 8, bytes: 64 * 1024 * 1024 };

/** How much of what may wait does, in percent to a tenth; at 100 parts are given up. */
export function fullness({ seconds, bytes }: Backlog): number {
  const share = Math.max(seconds / MAX_WAITING.seconds, bytes / MAX_WAITING.bytes);
  return Math.round(Math.min(1, share) * 1_000) / 10;
}

export interface SegmentFileOptions {
  /** Opens the file; called once, before the first part is written. */
  readonly open: () => Promise<FootageFile>;
  readonly init: Buffer;
  readonly lead: Track;
  readonly pool: SlabPool;
  readonly backlog: Backlog;
  /** The system has these frames' bytes: they can be read back, `offset` from the file's first byte. */
  readonly onWritten: (frames: readonly StowedFrame[]) => void;
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
  /** Appended, and on disk. */
  #bytes = 0;
  #stored = 0;
  #duration = 0;
  #failed = false;
  #work: Promise<void> | undefined;

  constructor(options: SegmentFileOptions) {
    this.#options = options;
  }

  /** Takes over the part. False when the disk is so far behind that the part was given up. */
  write(part: Part): boolean {
    const { backlog, pool } = this.#options;
    const behind = backlog.seconds > MAX_WAITING.seconds || backlog.bytes > MAX_WAITING.bytes;
    if (this.#failed || behind) {
      part.release();
      return this.#failed;
    }
    const assembled = part.assemble(pool);
    this.#waiting.push(assembled);
    backlog.seconds += assembled.duration;
    backlog.bytes += assembled.bytes;
    this.#work ??= this.#drain();
    return true;
  }

  /** Bytes that were written; undefined when the file is not open. */
  read(offset: number, length: number): Promise<Buffer> | undefined {
    return this.#file?.read?.(offset, length);
  }

  /** Writes what waits, then the index of key frames, and closes. The figures are those on disk. */
  async close(): Promise<{ duration: number; bytes: number }> {
    await this.#work;
    const file = this.#file;
    this.#file = undefined;
    if (file && !this.#failed) {
      try {
        const index = writeMfra([{ trackId: this.#options.lead.id, points: this.#index }]);
        await file.append([index], { kind: 'index', until: this.#duration });
        await file.sync();
        this.#bytes += index.length;
        this.#stored = file.stored ?? this.#bytes;
      } catch (error) {
        this.#fail(error);
      }
    }
    // Half a part spoils the file for those who read it today; where even this fails, the next start mends it.
    if (file && this.#failed) await file.cut(this.#bytes).catch(() => undefined);
    await file?.close().catch((error: unknown) => this.#fail(error));
    return { duration: this.#duration, bytes: this.#stored };
  }

  async #drain(): Promise<void> {
    try {
      for (let part = this.#waiting[0]; part; part = this.#waiting[0]) {
        await this.#append(this.#file ?? (await this.#begin()), part);
        this.#waiting.shift();
        this.#release(part);
        this.#options.onGrown(this.#duration, this.#stored);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#work = undefined;
    }
  }

  async #begin(): Promise<FootageFile> {
    const file = await this.#options.open();
    // Before anything can fail, for it must be closed then.
    this.#file = file;
    await file.append([this.#options.init], { kind: 'init', until: 0 });
    this.#bytes = this.#options.init.length;
    return file;
  }

  async #append(file: FootageFile, part: PartBytes): Promise<void> {
    const { bytes, duration, keys } = part;
    await file.append(part.buffers, { kind: 'part', until: this.#duration + duration });
    this.#options.onWritten(part.frames(this.#bytes));
    // The system has them: they are never written again, whatever becomes of the sync.
    part.release();
    await file.sync();
    for (const { time, offset } of keys) this.#note({ time, offset });
    this.#bytes += bytes;
    this.#stored = file.stored ?? this.#bytes;
    this.#duration += duration;
  }

  #note({ time, offset }: KeyEntry): void {
    this.#index.push({ time, moofOffset: this.#bytes + offset });
  }

  #fail(error: unknown): void {
    for (const part of this.#waiting.splice(0)) this.#release(part);
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailed(error instanceof Error ? error : new Error(String(error)));
  }

  #release(part: PartBytes): void {
    const { backlog } = this.#options;
    backlog.seconds -= part.duration;
    backlog.bytes -= part.bytes;
    part.release();
  }
}
