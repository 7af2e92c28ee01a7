import { MalformedError } from '../../../bytes/index.ts';

/** Reads numbers and length-prefixed vectors (RFC 5246 4.3). Past the end it throws MalformedError. */
export class VectorReader {
  readonly #b: Buffer;
  #at = 0;

  constructor(b: Buffer) {
    this.#b = b;
  }

  get left(): number {
    return this.#b.length - this.#at;
  }

  uint(bytes: number): number {
    return this.bytes(bytes).readUIntBE(0, bytes);
  }

  bytes(count: number): Buffer {
    if (count > this.left) throw new MalformedError('handshake message ends too early', this.#at);
    this.#at += count;
    return this.#b.subarray(this.#at - count, this.#at);
  }

  /** A vector whose length takes `prefix` bytes. */
  vector(prefix: number): Buffer {
    return this.bytes(this.uint(prefix));
  }

  /** A vector of 16-bit numbers. */
  list16(prefix: number): number[] {
    const b = this.vector(prefix);
    if (b.length % 2 !== 0) throw new MalformedError('list of 16-bit numbers of odd size', this.#at);
    return Array.from({ length: b.length / 2 }, (_, i) => b.readUInt16BE(i * 2));
  }

  /** Nothing may follow. */
  end(): void {
    if (this.left > 0) throw new MalformedError('bytes behind the end of a handshake message', this.#at);
  }
}

/** A vector with its length in `prefix` bytes in front. */
export function vector(prefix: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const head = Buffer.alloc(prefix);
  head.writeUIntBE(content.length, 0, prefix);
  return Buffer.concat([head, content]);
}

/** A 16-bit number. */
export function uint16(...values: readonly number[]): Buffer {
  const b = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) b.writeUInt16BE(value, i * 2);
  return b;
}
