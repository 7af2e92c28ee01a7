import { Frame } from './frame.ts';
import type { SlabPool } from './slab.ts';
import type { Track } from './track.ts';

/** Where frames lie whose memory was let go of: a file they were written to. */
export interface Stowage {
  /** The bytes from `offset` on; fewer than `length` when they are not there any more. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A frame that was written: its fragment, head and payload, begins at `offset` of a stowage. */
export interface StowedFrame {
  readonly frame: Frame;
  readonly offset: number;
}

/** A frame of the cache whose bytes lie in a stowage. */
interface Away {
  readonly slab: undefined;
  readonly stowage: Stowage;
  readonly offset: number;
  readonly bytes: number;
  readonly track: Track;
  readonly dts: number;
  readonly pts: number;
  readonly duration: number;
  readonly key: boolean;
  readonly arrival: number;
}

/** Bytes that are read back at once. */
const RUN_BYTES = 512 * 1024;

/** Thrown when what was stowed is not there any more; its group of pictures is not known then. */
export class StowageLostError extends Error {}

/**
 * The frames since and with the last key frame. Those that were written to a file may be stowed there: they take
 * no memory then, and are read back when somebody wants to begin with them.
 */
export class GopCache {
  readonly #maxBytes: number;
  #entries: (Frame | Away)[] = [];
  #bytes = 0;
  #away = 0;
  #recalling: Promise<void> | undefined;

  /** `maxBytes`: what a group of pictures may have before it is not kept at all. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** In arrival order; empty when unknown, over the cap, or not all in memory. */
  get frames(): readonly Frame[] {
    return this.#away > 0 ? [] : (this.#entries as readonly Frame[]);
  }

  /** `starts`: a decoder can start here, so that what was before is of no use any more. */
  add(frame: Frame, starts: boolean): void {
    if (starts) this.clear();
    else if (this.#entries.length === 0) return;
    this.#bytes += frame.end - frame.start;
    if (this.#bytes > this.#maxBytes) {
      this.clear();
      return;
    }
    frame.slab.retain();
    this.#entries.push(frame);
  }

  clear(): void {
    for (const { slab } of this.#entries) slab?.release();
    // Another array, so that a recall that is under way sees that its frames are not wanted any more.
    this.#entries = [];
    this.#bytes = 0;
    this.#away = 0;
  }

  /** Lets go of the memory of those frames that are of the group; not while others are read back. */
  stow(written: readonly StowedFrame[], stowage: Stowage): void {
    if (this.#recalling || this.#entries.length === 0) return;
    const offsets = new Map(written.map(({ frame, offset }) => [frame, offset]));
    for (const [index, frame] of this.#entries.entries()) {
      if (!frame.slab) continue;
      const offset = offsets.get(frame);
      if (offset === undefined) continue;
      this.#entries[index] = awayAt(frame, stowage, offset);
      this.#away++;
      frame.slab.release();
    }
  }

  /**
   * Resolves when `frames` are in memory again; undefined when they are. `restore` makes the head of a fragment that was read back what it
   * was, or says that other bytes lie there. Rejects with StowageLostError or the system's error when they cannot
   * be had: then nothing is known up to the next key frame.
   */
  recall(pool: SlabPool, restore: (frame: Frame) => boolean): Promise<void> | undefined {
    if (this.#away === 0) return undefined;
    this.#recalling ??= this.#recall(pool, restore).finally(() => {
      this.#recalling = undefined;
    });
    return this.#recalling;
  }

  async #recall(pool: SlabPool, restore: (frame: Frame) => boolean): Promise<void> {
    const entries = this.#entries;
    try {
      for (const run of runsOf(entries)) {
        await this.#readBack(run, pool, restore);
        // A key frame came meanwhile, and all of them are of no use any more.
        if (this.#entries !== entries) return;
      }
    } catch (error) {
      if (this.#entries === entries) this.clear();
      throw error;
    }
  }

  async #readBack(run: readonly Placed[], pool: SlabPool, restore: (frame: Frame) => boolean): Promise<void> {
    const entries = this.#entries;
    const [first, last] = [run[0]!.away, run.at(-1)!.away];
    const length = last.offset + last.bytes - first.offset;
    const bytes = await first.stowage.read(first.offset, length);
    if (this.#entries !== entries) return;
    if (bytes.length < length) throw new StowageLostError('frames that were written are not there any more');
    const slab = pool.open(length);
    try {
      slab.used = bytes.copy(slab.buffer);
      for (const { index, away } of run) {
        const at = away.offset - first.offset;
        const { track, dts, pts, duration, key, arrival } = away;
        const frame = new Frame(track, slab, at, at + away.bytes, dts, pts, duration, key, arrival);
        if (!restore(frame)) throw new StowageLostError('other bytes lie where frames were written');
        slab.retain();
        entries[index] = frame;
        this.#away--;
      }
    } finally {
      slab.release();
    }
  }
}

interface Placed {
  readonly index: number;
  readonly away: Away;
}

/** What is away, gathered to reads: of one stowage each, in the order in which it lies there. */
function runsOf(entries: readonly (Frame | Away)[]): Placed[][] {
  const runs = new Map<Stowage, Placed[][]>();
  const placed = entries.flatMap((away, index) => (away.slab ? [] : [{ index, away: away as Away }]));
  for (const each of placed.sort((a, b) => a.away.offset - b.away.offset)) {
    const { stowage, offset, bytes } = each.away;
    const ofStowage = runs.get(stowage) ?? [];
    runs.set(stowage, ofStowage);
    const run = ofStowage.at(-1);
    if (run && offset + bytes - run[0]!.away.offset <= RUN_BYTES) run.push(each);
    else ofStowage.push([each]);
  }
  return [...runs.values()].flat();
}

function awayAt(frame: Frame, stowage: Stowage, offset: number): Away {
  const { track, start, end, dts, pts, duration, key, arrival } = frame;
  return { slab: undefined, stowage, offset, bytes: end - start, track, dts, pts, duration, key, arrival };
}
