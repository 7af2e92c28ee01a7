import { createDecipheriv, createHash } from 'node:crypto';
import type { RandomAccess } from '@nightjar/media/mp4';
import type { SealedLook } from './look.ts';
import { authenticated, CHUNK, nonceOf, type PlacedRecord, RECORD_HEAD, TAG } from './records.ts';

/** Sealed bytes do not open: another key, or they are not what was written. `at`: of the file. */
export class UnsealError extends Error {
  readonly at: number;
  constructor(at: number, cause?: unknown) {
    super(`the sealed bytes at ${at} do not open`, { cause });
    this.at = at;
  }
}

/** Sealed bytes read at once. */
const STEP = 16 * (CHUNK + TAG);

/** The MP4 inside a sealed file, for the holder of its key. Reads throw UnsealError. */
export class Unsealed implements RandomAccess {
  /** Of the MP4. */
  readonly size: number;
  readonly #port: RandomAccess;
  readonly #key: Buffer;
  readonly #bound: Buffer;
  readonly #records: readonly PlacedRecord[];
  /** The chunk that was opened last: a walk reads its boxes one by one. */
  #last: { readonly number: number; readonly plain: Buffer } | undefined;

  constructor(port: RandomAccess, look: SealedLook, key: Buffer) {
    this.#port = port;
    this.#key = key;
    this.#records = look.records;
    this.#bound = createHash('sha256').update(look.head.bytes).digest();
    const last = look.records.at(-1);
    this.size = last ? last.at + last.size : 0;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(this.size, offset + length);
    const parts: Buffer[] = [];
    for (let at = offset; at < end; ) {
      const part = await this.#from(this.#recordAt(at), at, end);
      parts.push(part);
      at += part.length;
    }
    // A copy: callers write into what they get, and chunks are kept.
    return Buffer.concat(parts);
  }

  /** Some bytes of a record, up to `end` at most. */
  async #from(record: PlacedRecord, at: number, end: number): Promise<Buffer> {
    const chunk = Math.floor((at - record.at) / CHUNK);
    const begin = record.at + chunk * CHUNK;
    const plain =
      this.#last?.number === record.first + chunk
        ? this.#last.plain
        : await this.#open(record, chunk, Math.min(end, record.at + record.size) - begin);
    return plain.subarray(at - begin, Math.min(plain.length, end - begin));
  }

  /** Whole chunks from one on, so many that `wanted` bytes are among them, or a megabyte. */
  async #open(record: PlacedRecord, chunk: number, wanted: number): Promise<Buffer> {
    const left = record.size - chunk * CHUNK;
    const chunks = Math.min(Math.ceil(wanted / CHUNK), STEP / (CHUNK + TAG));
    const plainBytes = Math.min(left, chunks * CHUNK);
    const from = record.offset + RECORD_HEAD + chunk * (CHUNK + TAG);
    const length = plainBytes + Math.ceil(plainBytes / CHUNK) * TAG;
    const sealed = await this.#port.read(from, length);
    if (sealed.length < length) throw new UnsealError(from);
    const aad = Buffer.concat([this.#bound, authenticated(record)]);
    const opened: Buffer[] = [];
    for (let at = 0, number = record.first + chunk; at < sealed.length; at += CHUNK + TAG, number++) {
      const plain = this.#chunk(sealed.subarray(at, at + CHUNK + TAG), number, { aad, at: from + at });
      opened.push(plain);
      this.#last = { number, plain };
    }
    return opened.length === 1 ? opened[0]! : Buffer.concat(opened);
  }

  #chunk(sealed: Buffer, number: number, { aad, at }: { aad: Buffer; at: number }): Buffer {
    try {
      const cipher = createDecipheriv('aes-256-gcm', this.#key, nonceOf(number), { authTagLength: TAG });
      cipher.setAAD(aad);
      cipher.setAuthTag(sealed.subarray(-TAG));
      return Buffer.concat([cipher.update(sealed.subarray(0, -TAG)), cipher.final()]);
    } catch (error) {
      throw new UnsealError(at, error);
    }
  }

  /** The last one that begins at or before a byte of the MP4. */
  #recordAt(at: number): PlacedRecord {
    let [low, high] = [0, this.#records.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#records[middle]!.at <= at) low = middle;
      else high = middle - 1;
    }
    return this.#records[low]!;
  }
}
