import { MalformedError } from './malformed.ts';

/** Reads bits, most significant first, from `[start, end)`. Past the end it throws MalformedError. */
export class BitReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #byte: number;
  #bit = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#byte = start;
    this.#end = end;
  }

  /** Offset of the byte that holds the next bit. */
  get offset(): number {
    return this.#byte;
  }

  get bitsLeft(): number {
    return (this.#end - this.#byte) * 8 - this.#bit;
  }

  /** A second reader at the same bit. */
  fork(): BitReader {
    const reader = new BitReader(this.#buffer, this.#byte, this.#end);
    reader.#bit = this.#bit;
    return reader;
  }

  /** Unsigned integer of `count` bits, 0 to 32. */
  bits(count: number): number {
    if (count > this.bitsLeft) throw new MalformedError('data ends too early', this.#end);
    let value = 0;
    let left = count;
    while (left > 0) {
      const take = Math.min(left, 8 - this.#bit);
      const chunk = (this.#buffer[this.#byte]! >> (8 - this.#bit - take)) & ((1 << take) - 1);
      value = value * 2 ** take + chunk;
      left -= take;
      this.#bit += take;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.#byte++;
      }
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (count > this.bitsLeft) throw new MalformedError('data ends too early', this.#end);
    const bit = this.#bit + count;
    this.#byte += Math.floor(bit / 8);
    this.#bit = bit % 8;
  }

  /** Unsigned Exp-Golomb code, at most 2^32 - 2 (ITU-T H.264 9.1). */
  ue(): number {
    const at = this.#byte;
    let zeros = 0;
    while (!this.flag()) {
      if (++zeros > 31) throw new MalformedError('Exp-Golomb code too long', at);
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed Exp-Golomb code (ITU-T H.264 9.1.1). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : code === 0 ? 0 : -code / 2;
  }
}
