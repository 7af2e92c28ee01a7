/** Bytes of pages that are not whole yet: a page has at most 65,307. */
const MAX_PENDING = 1024 * 1024;
const HEAD = 27;
const CAPTURE = Buffer.from('OggS');

/** Takes the packets out of an Ogg stream (RFC 3533 6); the first two are Opus's headers (RFC 7845 3). */
export class OggReader {
  readonly #packet: (data: Buffer) => void;
  #pending: Buffer = Buffer.alloc(0);
  #partial: Buffer[] = [];

  constructor(packet: (data: Buffer) => void) {
    this.#packet = packet;
  }

  /** Throws RangeError for what is no Ogg. */
  take(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    if (this.#pending.length > MAX_PENDING) throw new RangeError('an Ogg page without end');
    while (this.#pending.length >= HEAD) {
      if (this.#pending.compare(CAPTURE, 0, 4, 0, 4) !== 0) throw new RangeError('no Ogg page');
      const count = this.#pending[26]!;
      const body = HEAD + count;
      if (this.#pending.length < body) return;
      const lacing = this.#pending.subarray(HEAD, body);
      const size = lacing.reduce((sum, length) => sum + length, 0);
      if (this.#pending.length < body + size) return;
      this.#page(lacing, Buffer.from(this.#pending.subarray(body, body + size)));
      this.#pending = this.#pending.subarray(body + size);
    }
  }

  #page(lacing: Uint8Array, body: Buffer): void {
    let start = 0;
    let end = 0;
    for (const length of lacing) {
      end += length;
      if (length === 255) continue;
      this.#packet(Buffer.concat([...this.#partial.splice(0), body.subarray(start, end)]));
      start = end;
    }
    if (start < end) this.#partial.push(body.subarray(start, end));
  }
}
