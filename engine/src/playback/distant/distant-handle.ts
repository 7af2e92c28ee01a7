import type { DistantFile } from '@nightjar/contract/link';
import type { FootageHandle } from '../store.ts';
import type { RangeReader } from './range-reader.ts';

/** Bytes asked of a store at a time: a player's chunk costs no round trip of its own. */
const BLOCK = 1024 * 1024;
/** Blocks of a handle in memory. */
const KEPT = 6;

/** A file in an object store, open for reading. Blocks that were read are kept, and the next one is fetched ahead. */
export class DistantHandle implements FootageHandle {
  readonly size: number;
  readonly modified: number;
  readonly #url: string;
  readonly #reader: Pick<RangeReader, 'read'>;
  readonly #blocks = new Map<number, Promise<Buffer>>();
  #last = -1;

  constructor({ bytes, end, url }: DistantFile, reader: Pick<RangeReader, 'read'>) {
    this.size = bytes;
    this.modified = Date.parse(end);
    this.#url = url;
    this.#reader = reader;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(offset + length, this.size);
    const pieces: Buffer[] = [];
    for (let at = offset; at < end; ) {
      const number = Math.floor(at / BLOCK);
      const block = await this.#block(number);
      const from = at - number * BLOCK;
      const piece = block.subarray(from, Math.min(block.length, end - number * BLOCK));
      pieces.push(piece);
      at += piece.length;
    }
    const [only] = pieces;
    // A copy: callers write into what they get.
    return pieces.length === 1 && only ? Buffer.from(only) : Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    this.#blocks.clear();
  }

  #block(number: number): Promise<Buffer> {
    const found = this.#fetch(number);
    // Only for those who read on: seeking would fetch what nobody wants.
    if (number === this.#last + 1 && number > 0 && (number + 1) * BLOCK < this.size)
      void this.#fetch(number + 1);
    this.#last = number;
    return found;
  }

  #fetch(number: number): Promise<Buffer> {
    const known = this.#blocks.get(number);
    if (known) return known;
    const offset = number * BLOCK;
    const block = this.#reader.read(this.#url, offset, Math.min(BLOCK, this.size - offset));
    this.#blocks.set(number, block);
    block.catch(() => this.#blocks.delete(number));
    const oldest = this.#blocks.keys().next();
    if (this.#blocks.size > KEPT && !oldest.done) this.#blocks.delete(oldest.value);
    return block;
  }
}
