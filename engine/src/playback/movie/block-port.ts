import type { RandomAccess } from '@nightjar/media/mp4';

const BLOCK = 1024 * 1024;
/** One for the heads that are walked, one for the samples that are fetched, and one each for what was before. */
const KEPT = 4;

/** Reads a file in large blocks and keeps the latest, for a walk whose samples are fetched a little later. */
export class BlockPort implements RandomAccess {
  readonly size: number;
  readonly #port: RandomAccess;
  readonly #blocks: { offset: number; bytes: Buffer }[] = [];

  constructor(port: RandomAccess) {
    this.#port = port;
    this.size = port.size;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    for (const block of this.#blocks) {
      const at = offset - block.offset;
      if (at >= 0 && at + length <= block.bytes.length) return block.bytes.subarray(at, at + length);
    }
    if (length > BLOCK) return this.#port.read(offset, length);
    const bytes = await this.#port.read(offset, BLOCK);
    this.#blocks.push({ offset, bytes });
    if (this.#blocks.length > KEPT) this.#blocks.shift();
    return bytes.subarray(0, length);
  }
}
