import type { Frame } from './frame.ts';
import type { Slab } from './slab.ts';

interface Range {
  readonly slab: Slab;
  readonly start: number;
  end: number;
}

/** Frames of one track kept as few byte ranges of their slabs: what a part is made of, without a copy. */
export class FrameRanges {
  bytes = 0;
  readonly #ranges: Range[] = [];

  /** Appends the frame's fragment (head and payload) and holds its memory until `release`. */
  add(frame: Frame): void {
    this.bytes += frame.end - frame.start;
    const last = this.#ranges.at(-1);
    if (last && last.slab === frame.slab && last.end === frame.start) {
      last.end = frame.end;
      return;
    }
    frame.slab.retain();
    this.#ranges.push({ slab: frame.slab, start: frame.start, end: frame.end });
  }

  /** Views of the bytes in order; valid until `release`. */
  buffers(): Buffer[] {
    return this.#ranges.map(({ slab, start, end }) => slab.buffer.subarray(start, end));
  }

  retain(): void {
    for (const { slab } of this.#ranges) slab.retain();
  }

  release(): void {
    for (const { slab } of this.#ranges) slab.release();
  }
}
