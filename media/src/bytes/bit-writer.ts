/** Writes bits, most significant first, for records that are made once per track. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #current = 0;
  #filled = 0;

  /** The low `count` bits of `value`, 0 to 32. */
  bits(count: number, value: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#current = (this.#current << 1) | ((value >>> bit) & 1);
      if (++this.#filled === 8) {
        this.#bytes.push(this.#current);
        this.#current = 0;
        this.#filled = 0;
      }
    }
    return this;
  }

  flag(value: boolean): this {
    return this.bits(1, value ? 1 : 0);
  }

  /** Unsigned Exp-Golomb code, 0 to 2^32 - 2 (ITU-T H.264 9.1). */
  ue(value: number): this {
    const zeros = Math.floor(Math.log2(value + 1));
    return this.bits(zeros, 0)
      .bits(1, 1)
      .bits(zeros, value + 1 - 2 ** zeros);
  }

  /** Signed Exp-Golomb code (ITU-T H.264 9.1.1). */
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** rbsp_trailing_bits: a one, then zeros to the byte boundary (ITU-T H.264 7.3.2.11). */
  trailing(): this {
    return this.bits(1, 1).bits((8 - this.#filled) % 8, 0);
  }

  /** Everything written, the last byte filled up with zeros. */
  finish(): Buffer {
    return Buffer.from(
      this.#filled === 0 ? this.#bytes : [...this.#bytes, this.#current << (8 - this.#filled)],
    );
  }
}
