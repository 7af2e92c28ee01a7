import type { Frame } from './frame.ts';
import { GopCache, type Stowage, type StowedFrame } from './gop-cache.ts';
import type { SlabPool } from './slab.ts';
import type { Track } from './track.ts';

/** Somebody who takes frames from a stream: a recorder, a live window, a viewer. Calls are synchronous. */
export interface Reader {
  /** The tracks of everything that follows. Called on attach when tracks are known, and at each change. */
  onTracks(tracks: readonly Track[]): void;
  /** Must not block or throw; retains `frame.slab` when it keeps the frame beyond the call. */
  onFrame(frame: Frame): void;
  /** The source is gone for good or the stream was closed; nothing follows. */
  onEnd(): void;
}

/** Called for every frame before any reader sees it; writes the fragment head and settles `previous.duration`. */
export type Stamp = (frame: Frame, previous: Frame | undefined) => void;

/** Makes the head of a fragment that was read back what it was; false when other bytes lie there. */
export type Restore = (frame: Frame) => boolean;

/**
 * The neutral stream in the middle: one publisher, any number of readers, and the frames since the last key
 * frame (the GOP cache) so that a new reader starts at once.
 */
export class MediaStream {
  readonly #stamp: Stamp;
  readonly #readers = new Set<Reader>();
  readonly #last = new Map<number, Frame>();
  readonly #gop: GopCache;
  #tracks: readonly Track[] = [];
  #hasVideo = false;
  #newest = 0;
  #ended = false;

  constructor(options: { stamp: Stamp; maxGopBytes?: number }) {
    this.#stamp = options.stamp;
    this.#gop = new GopCache(options.maxGopBytes ?? 32 * 1024 * 1024);
  }

  get tracks(): readonly Track[] {
    return this.#tracks;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /**
   * The frames since and with the last key frame, in arrival order; empty when unknown, over the cap, or not all
   * in memory.
   */
  get gop(): readonly Frame[] {
    return this.#gop.frames;
  }

  /** Media seconds where the newest frame ends: the next session of the source must not begin before it. */
  get newest(): number {
    return this.#newest;
  }

  /** Publisher only: the set of tracks or the format of one of them changed. Drops the GOP cache. */
  setTracks(tracks: readonly Track[]): void {
    this.#ended = false;
    this.#tracks = tracks;
    this.#hasVideo = tracks.some((track) => track.kind === 'video');
    this.#gop.clear();
    this.#last.clear();
    for (const reader of this.#readers) reader.onTracks(tracks);
  }

  /** Publisher only. */
  push(frame: Frame): void {
    const id = frame.track.id;
    this.#stamp(frame, this.#last.get(id));
    this.#last.set(id, frame);
    this.#newest = Math.max(this.#newest, (frame.dts + frame.duration) / frame.track.format.clockRate);
    this.#gop.add(frame, frame.key && (frame.track.kind === 'video' || !this.#hasVideo));
    for (const reader of this.#readers) reader.onFrame(frame);
  }

  /** These frames were written: their memory is not needed for whoever comes, until `recall`. */
  stow(written: readonly StowedFrame[], stowage: Stowage): void {
    // How long the newest of a track is, is not known yet.
    const settled = written.filter(({ frame }) => this.#last.get(frame.track.id) !== frame);
    this.#gop.stow(settled, stowage);
  }

  /** Resolves when what was stowed of `gop` is in memory again; undefined when nothing is. See `GopCache.recall`. */
  recall(pool: SlabPool, restore: Restore): Promise<void> | undefined {
    return this.#gop.recall(pool, restore);
  }

  /** Publisher only: ends every reader and drops the cache. The stream may be published to again. */
  end(): void {
    this.#ended = true;
    this.#gop.clear();
    this.#last.clear();
    const readers = [...this.#readers];
    this.#readers.clear();
    for (const reader of readers) reader.onEnd();
  }

  /**
   * Attaches a reader; with `cached` it first gets the frames of the GOP cache. Returns its detach. Of a stream that has
   * ended meanwhile it is told so once the caller is done.
   */
  attach(reader: Reader, cached: boolean): () => void {
    if (this.#ended) {
      let here = true;
      queueMicrotask(() => {
        if (here) reader.onEnd();
      });
      return () => {
        here = false;
      };
    }
    if (this.#tracks.length > 0) reader.onTracks(this.#tracks);
    if (cached) for (const frame of this.gop) reader.onFrame(frame);
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }
}
