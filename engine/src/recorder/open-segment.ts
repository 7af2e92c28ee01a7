import { basename, join } from 'node:path';
import { type Fact, type OriginalsKey, SEALED_SUFFIX } from '@nightjar/contract/link';
import { initSegment } from '@nightjar/media/mp4';
import type { Frame, MediaStream, SlabPool, Stowage, Track } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { describeSegment, type SegmentDescription } from './description.ts';
import type { Labels } from './labels.ts';
import type { Part } from './part.ts';
import { SealingFile } from './sealed/index.ts';
import { type Backlog, SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-name.ts';
import type { FootageFile, Storage } from './storage.ts';

export type CloseReason = Extract<Fact, { kind: 'segment.closed' }>['reason'];

export interface OpenSegmentOptions {
  readonly streamId: string;
  readonly storage: Storage;
  readonly pool: SlabPool;
  readonly folder: () => string;
  readonly labels: Labels;
  readonly backlog: Backlog;
  readonly tracks: readonly Track[];
  /** Its pictures are covered ones. */
  readonly covered?: boolean;
  /** Its pictures are not to be read by who finds the file; asked once. No file is made where it throws. */
  readonly seal?: () => OriginalsKey;
  /** Told of frames that can be read back. */
  readonly stow?: MediaStream['stow'];
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'warn'>;
  /** A part is durable. */
  readonly onGrown: () => void;
  /** The file can not be written any more; called at most once. */
  readonly onFailed: (error: Error) => void;
}

/**
 * One segment from its first frame to its closed file. Nothing is told of it before its first part is durable:
 * a file that fails earlier never was.
 */
export class OpenSegment {
  /** UTC milliseconds, and media seconds, of its first frame. */
  readonly utc: number;
  readonly zero: number;
  readonly #options: OpenSegmentOptions;
  readonly #file: SegmentFile;
  /** Reads its own file back, also when it is closed. */
  readonly #stowage: Stowage;
  /** Known once the file was created. */
  #path: string | undefined;
  /** Seconds and bytes that survive a power cut and have been told of. */
  #durable: { readonly duration: number; readonly bytes: number } | undefined;
  #failed = false;

  constructor(first: Frame, options: OpenSegmentOptions) {
    const { streamId, tracks, pool, backlog, covered } = options;
    this.#options = options;
    this.#stowage = { read: (offset, length) => this.#readBack(offset, length) };
    this.utc = first.arrival;
    this.zero = first.dts / first.track.format.clockRate;
    const about = { streamId, utc: this.utc, streamTime: this.zero, trackId: first.track.id, covered };
    this.#file = new SegmentFile({
      lead: first.track,
      pool,
      backlog,
      init: initSegment(tracks, { description: describeSegment(about) }),
      open: () => this.#create(about),
      onWritten: (frames) => options.stow?.(frames, this.#stowage),
      onGrown: (duration, bytes) => this.#grown(duration, bytes),
      onFailed: (error) => {
        this.#failed = true;
        options.onFailed(error);
      },
    });
  }

  /** Empty until the file was created. */
  get filename(): string {
    return basename(this.#path ?? '');
  }

  /** Takes over the part. False when the disk is so far behind that the part was given up. */
  write(part: Part): boolean {
    return this.#file.write(part);
  }

  /** Tells again what the file holds. */
  retell(): void {
    if (this.#durable) this.#options.fact({ kind: 'segment.grown', ...this.#about(), ...this.#durable });
  }

  /** Writes what waits, closes the file and tells so; never rejects. */
  async close(reason: CloseReason): Promise<void> {
    const { duration, bytes } = await this.#file.close();
    if (!this.#durable) return this.#discard();
    // What was told last of it holds until this very fact.
    this.#durable = undefined;
    this.#options.fact({
      kind: 'segment.closed',
      ...this.#about(),
      end: new Date(this.utc + duration * 1000).toISOString(),
      duration,
      bytes,
      recovered: false,
      reason: this.#failed ? 'storage_failed' : reason,
    });
  }

  async #create(about: SegmentDescription): Promise<FootageFile> {
    const { storage, folder, labels, seal } = this.#options;
    const recipient = seal?.();
    const label = labels.take();
    for (let again = 0; ; again++) {
      const name = segmentName(this.utc, again, label);
      const path = join(folder(), recipient ? `${name}${SEALED_SUFFIX}` : name);
      try {
        const file = await storage.create(path);
        this.#path = path;
        return recipient ? new SealingFile(file, recipient, about) : file;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST' && again < 1000) continue;
        labels.giveBack(label);
        throw error;
      }
    }
  }

  async #readBack(offset: number, length: number): Promise<Buffer> {
    // While it is written it need not be opened: whoever waits for it waits for one call of the disk.
    const open = this.#file.read(offset, length);
    if (open) return open;
    const file = await this.#options.storage.open(this.#path ?? '');
    try {
      return await file.read(offset, length);
    } finally {
      await file.close();
    }
  }

  #grown(duration: number, bytes: number): void {
    if (!this.#durable) this.#options.fact({ kind: 'segment.opened', ...this.#about() });
    this.#durable = { duration, bytes };
    this.#options.onGrown();
    this.retell();
  }

  #about(): { stream_id: string; filename: string; start: string } {
    const start = new Date(this.utc).toISOString();
    return { stream_id: this.#options.streamId, filename: this.filename, start };
  }

  /** A file without a whole part is of no use to anybody. */
  async #discard(): Promise<void> {
    const { storage, log, streamId } = this.#options;
    if (this.#path === undefined) return;
    await storage.remove(this.#path).catch((error: unknown) => {
      log.warn('an empty file could not be removed', { stream_id: streamId, error });
    });
  }
}
