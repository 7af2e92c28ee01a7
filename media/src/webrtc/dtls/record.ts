import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { DTLS_1_2 } from './constants.ts';
import type { RecordKeys } from './prf.ts';

export const RECORD_HEADER = 13;
const ALGORITHM = 'aes-128-gcm';
const EXPLICIT = 8;
const TAG = 16;
const TAG_LENGTH = { authTagLength: TAG };
/** RFC 6347 4.1.2.6. */
const WINDOW = 64;

/** One record as it lies in a datagram (RFC 6347 4.1). */
export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly body: Buffer;
}

/**
 * The records of a datagram. What is not DTLS 1.x, or is longer than the datagram, ends the list: the rest
 * cannot be told apart (RFC 6347 4.1.2.7).
 */
export function readRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= datagram.length) {
    if (datagram[at + 1] !== DTLS_1_2 >>> 8) break;
    const end = at + RECORD_HEADER + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push({
      type: datagram[at]!,
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      body: datagram.subarray(at + RECORD_HEADER, end),
    });
    at = end;
  }
  return records;
}

/** A record in plaintext, epoch 0; `version` as it stands in the record's header. */
export function plainRecord(type: number, sequence: number, body: Buffer, version = DTLS_1_2): Buffer {
  return Buffer.concat([header(type, version, 0, sequence, body.length), body]);
}

function header(type: number, version: number, epoch: number, sequence: number, length: number): Buffer {
  const b = Buffer.alloc(RECORD_HEADER);
  b[0] = type;
  b.writeUInt16BE(version, 1);
  b.writeUInt16BE(epoch, 3);
  b.writeUIntBE(sequence, 5, 6);
  b.writeUInt16BE(length, 11);
  return b;
}

/** RFC 5246 6.2.3.3 and RFC 6347 4.1.2.1: epoch and sequence, type, version, length of the plaintext. */
function additionalData(type: number, epoch: number, sequence: number, length: number): Buffer {
  const head = header(type, DTLS_1_2, epoch, sequence, length);
  return Buffer.concat([head.subarray(3, 11), head.subarray(0, 3), head.subarray(11)]);
}

/** Encrypts records of epoch 1, each with the next sequence number (RFC 5288 3). */
export class RecordSealer {
  readonly #key: KeyObject;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor({ key, iv }: RecordKeys) {
    this.#key = createSecretKey(key);
    this.#iv = iv;
  }

  seal(type: number, body: Buffer): Buffer {
    const sequence = this.#sequence++;
    const head = header(type, DTLS_1_2, 1, sequence, EXPLICIT + body.length + TAG);
    // Epoch and sequence never repeat under one key.
    const explicit = head.subarray(3, 11);
    const cipher = createCipheriv(ALGORITHM, this.#key, Buffer.concat([this.#iv, explicit]), TAG_LENGTH);
    cipher.setAAD(additionalData(type, 1, sequence, body.length));
    const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
    return Buffer.concat([head, explicit, sealed, cipher.getAuthTag()]);
  }
}

/** Decrypts records of epoch 1 and takes each only once. */
export class RecordOpener {
  readonly #key: KeyObject;
  readonly #iv: Buffer;
  readonly #seen = new Float64Array(WINDOW).fill(-1);
  #highest = -1;

  constructor({ key, iv }: RecordKeys) {
    this.#key = createSecretKey(key);
    this.#iv = iv;
  }

  /** The plaintext; undefined when the record is forged or was taken before. */
  open({ type, epoch, sequence, body }: DtlsRecord): Buffer | undefined {
    const length = body.length - EXPLICIT - TAG;
    const slot = sequence % WINDOW;
    if (length < 0 || sequence <= this.#highest - WINDOW || this.#seen[slot] === sequence) return undefined;
    const nonce = Buffer.concat([this.#iv, body.subarray(0, EXPLICIT)]);
    const cipher = createDecipheriv(ALGORITHM, this.#key, nonce, TAG_LENGTH);
    cipher.setAAD(additionalData(type, epoch, sequence, length));
    cipher.setAuthTag(body.subarray(body.length - TAG));
    const plain = cipher.update(body.subarray(EXPLICIT, EXPLICIT + length));
    try {
      cipher.final();
    } catch {
      return undefined;
    }
    this.#seen[slot] = sequence;
    if (sequence > this.#highest) this.#highest = sequence;
    return plain;
  }
}
