const TWO_32 = 2 ** 32;

/** A growing big-endian byte buffer for boxes, records and headers off the hot path. */
export class ByteWriter {
  #buffer: Buffer;
  #used = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(Math.max(16, capacity));
  }

  get length(): number {
    return this.#used;
  }

  u8(value: number): this {
    this.#grow(1);
    this.#buffer[this.#used++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value);
  }

  /** A number up to 2^53 - 1 in 64 bits. */
  u64(value: number): this {
    return this.u32(Math.floor(value / TWO_32)).u32(value >>> 0);
  }

  bytes(value: Uint8Array): this {
    this.#grow(value.length);
    this.#buffer.set(value, this.#used);
    this.#used += value.length;
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    this.#buffer.fill(0, this.#used, this.#used + count);
    this.#used += count;
    return this;
  }

  /** One byte per character; meant for four-character codes and other ASCII. */
  ascii(text: string): this {
    return this.bytes(Buffer.from(text, 'latin1'));
  }

  /** An ISO/IEC 14496-12 box: size, type, then what `body` writes. */
  box(type: string, body: () => void): this {
    const start = this.#used;
    this.u32(0).ascii(type);
    body();
    this.#buffer.writeUInt32BE(this.#used - start, start);
    return this;
  }

  /** A box with version and 24 bits of flags before what `body` writes. */
  fullBox(type: string, version: number, flags: number, body: () => void): this {
    return this.box(type, () => {
      this.u8(version).u24(flags);
      body();
    });
  }

  /** A copy of everything written. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#used));
  }

  #grow(count: number): void {
    if (this.#used + count <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + count));
    this.#buffer.copy(bigger, 0, 0, this.#used);
    this.#buffer = bigger;
  }
}
