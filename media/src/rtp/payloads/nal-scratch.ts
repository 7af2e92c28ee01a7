import { FrameTooLargeError } from '../../stream/index.ts';

const SMALL = 64 * 1024;
/** No NAL unit of a camera comes near this (quirk 45). */
const MAX = 16 * 1024 * 1024;

/** A NAL unit being put together outside its frame, because it has to be looked at as a whole first. */
export class NalScratch {
  #buffer = Buffer.alloc(0);
  #length = 0;

  /** The bytes so far are `[0, length)`; valid until the next `begin`. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  get length(): number {
    return this.#length;
  }

  /** Starts a NAL unit with its header of `bytes` bytes; lets go of much memory that the last one took. */
  begin(header: number, bytes: 1 | 2): void {
    if (this.#buffer.length === 0 || this.#buffer.length > SMALL)
      this.#buffer = Buffer.allocUnsafeSlow(SMALL);
    this.#length = bytes;
    this.#buffer[bytes - 1] = header & 255;
    if (bytes === 2) this.#buffer[0] = header >>> 8;
  }

  /** @throws FrameTooLargeError */
  append(from: Buffer, start: number, end: number): void {
    const total = this.#length + end - start;
    if (total > this.#buffer.length) this.#grow(total);
    from.copy(this.#buffer, this.#length, start, end);
    this.#length = total;
  }

  /** Lets go of all memory. */
  free(): void {
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  #grow(total: number): void {
    if (total > MAX) throw new FrameTooLargeError(this.#length);
    const larger = Buffer.allocUnsafeSlow(Math.min(2 * total, MAX));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
