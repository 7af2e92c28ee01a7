import { createCipheriv, createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type OriginalsKey, sealingKey } from '@nightjar/contract/link';
import type { SegmentDescription } from '../description.ts';
import type { Appended, FootageFile } from '../storage.ts';
import { writeHead } from './head.ts';
import {
  authenticated,
  CHUNK,
  chunksOf,
  endOf,
  MAX_RECORDS,
  nonceOf,
  type PlacedRecord,
  type SealedRecord,
  sealedSize,
  TAG,
  writeRecordHead,
  writeTail,
} from './records.ts';

/** Chunks of a file: the nonce counts no further than this. */
const MAX_CHUNKS = 2 ** 32 - 1;

/**
 * Writes a new file whose bytes nobody reads without its key, which is made here, is used for this file alone and is
 * forgotten with it. What is appended is one record; the last one, of kind `index`, closes the file.
 */
export class SealingFile implements FootageFile {
  readonly #file: FootageFile;
  readonly #head: Buffer;
  readonly #key: Buffer;
  /** SHA-256 of the head. */
  readonly #bound: Buffer;
  readonly #records: PlacedRecord[] = [];
  /** Chunks sealed so far, those of writes that failed included: no number is used twice. */
  #chunks = 0;
  #stored = 0;
  #closed = false;

  /** `file`: new and empty. */
  constructor(file: FootageFile, recipient: OriginalsKey, description: SegmentDescription) {
    const { ephemeral, key } = sealingKey(recipient, description.streamId);
    this.#file = file;
    this.#key = key;
    this.#head = writeHead(description, { keyId: recipient.id, ephemeral });
    this.#bound = createHash('sha256').update(this.#head).digest();
  }

  /** Bytes of the file. */
  get stored(): number {
    return this.#stored;
  }

  async append(buffers: readonly Buffer[], { kind, until }: Appended): Promise<void> {
    if (this.#closed) throw new Error('a closed file is not written again');
    if (kind === 'part' && this.#records.length >= MAX_RECORDS - 1)
      throw new Error('the file has too many parts to be sealed');
    const size = buffers.reduce((sum, { length }) => sum + length, 0);
    const first = this.#chunks;
    this.#chunks += chunksOf(size);
    if (this.#chunks > MAX_CHUNKS) throw new Error('the file is too long to be sealed');
    const about = { kind, size, first, until };
    const body = this.#seal(buffers, { ...about, crc: 0 });
    const last = this.#records.at(-1);
    const place = { offset: last ? endOf(last) : this.#head.length, at: last ? last.at + last.size : 0 };
    const record: PlacedRecord = { ...about, ...place, crc: crc32(body) };
    this.#closed = kind === 'index';
    const bytes = [
      ...(last ? [] : [this.#head]),
      writeRecordHead(record),
      body,
      ...(this.#closed ? [writeTail([...this.#records, record])] : []),
    ];
    await this.#file.append(bytes, { kind, until });
    this.#records.push(record);
    this.#stored += bytes.reduce((sum, { length }) => sum + length, 0);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** `size`: of the MP4 in clear, at the end of a record. */
  cut(size: number): Promise<void> {
    const last = this.#records.findLast((record) => record.at + record.size <= size);
    return this.#file.cut(last ? endOf(last) : 0);
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#file.close();
  }

  #seal(buffers: readonly Buffer[], record: SealedRecord): Buffer {
    const body = Buffer.allocUnsafe(sealedSize(record.size));
    const aad = Buffer.concat([this.#bound, authenticated(record)]);
    const bytes = new Joined(buffers);
    let at = 0;
    for (let chunk = record.first, left = record.size; left > 0; chunk++) {
      const length = Math.min(CHUNK, left);
      const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(chunk), { authTagLength: TAG });
      cipher.setAAD(aad);
      for (const piece of bytes.take(length)) at += cipher.update(piece).copy(body, at);
      cipher.final();
      at += cipher.getAuthTag().copy(body, at);
      left -= length;
    }
    return body;
  }
}

/** Takes buffers one behind the other as if they were one. */
class Joined {
  readonly #buffers: readonly Buffer[];
  #index = 0;
  #from = 0;

  constructor(buffers: readonly Buffer[]) {
    this.#buffers = buffers;
  }

  *take(length: number): Generator<Buffer> {
    for (let left = length; left > 0; ) {
      const buffer = this.#buffers[this.#index]!;
      const piece = buffer.subarray(this.#from, this.#from + left);
      left -= piece.length;
      this.#from += piece.length;
      if (this.#from === buffer.length) {
        this.#index++;
        this.#from = 0;
      }
      if (piece.length > 0) yield piece;
    }
  }
}
