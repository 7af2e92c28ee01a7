import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { ENCRYPTED, RTCP_CLEAR, type RtcpCipher, type RtpCipher } from './cipher.ts';
import type { SessionKeys } from './derivation.ts';

const ALGORITHM = 'aes-128-gcm';
const TAG = 16;
const TAG_LENGTH = { authTagLength: TAG };
const INDEX = 4;
const WRAP = 0x10000;

/** AEAD_AES_128_GCM for RTP (RFC 7714 8). */
export class GcmRtp implements RtpCipher {
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  /** One for all packets: OpenSSL copies it. */
  readonly #iv = Buffer.alloc(12);

  constructor({ cipher, salt }: SessionKeys) {
    this.#key = createSecretKey(cipher);
    this.#salt = salt;
  }

  seal(header: Buffer, lead: Buffer | undefined, payload: Buffer, ssrc: number, index: number): Buffer[] {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nonce(ssrc, index), TAG_LENGTH);
    cipher.setAAD(header);
    const parts = lead ? [header, cipher.update(lead)] : [header];
    parts.push(cipher.update(payload));
    cipher.final();
    parts.push(cipher.getAuthTag());
    return parts;
  }

  open(b: Buffer, start: number, payload: number, end: number, ssrc: number, index: number): number {
    const stop = end - TAG;
    if (stop < payload) return -1;
    const cipher = createDecipheriv(ALGORITHM, this.#key, this.#nonce(ssrc, index), TAG_LENGTH);
    cipher.setAAD(b.subarray(start, payload)).setAuthTag(b.subarray(stop, end));
    return finishInPlace(cipher, b, payload, stop);
  }

  /** RFC 7714 8.1. */
  #nonce(ssrc: number, index: number): Buffer {
    const iv = this.#iv;
    iv.writeUInt16BE(0, 0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(Math.floor(index / WRAP), 6);
    iv.writeUInt16BE(index % WRAP, 10);
    return mask(iv, this.#salt);
  }
}

/** AEAD_AES_128_GCM for RTCP (RFC 7714 9): header, ciphertext, tag, index. */
export class GcmRtcp implements RtcpCipher {
  readonly overhead = TAG + INDEX;
  readonly indexFromEnd = INDEX;
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(12);

  constructor({ cipher, salt }: SessionKeys) {
    this.#key = createSecretKey(cipher);
    this.#salt = salt;
  }

  seal(packet: Buffer, ssrc: number, index: number): Buffer {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nonce(ssrc, index), TAG_LENGTH);
    const head = packet.subarray(0, RTCP_CLEAR);
    const word = Buffer.alloc(INDEX);
    word.writeUInt32BE((ENCRYPTED | index) >>> 0);
    cipher.setAAD(Buffer.concat([head, word]));
    const body = cipher.update(packet.subarray(RTCP_CLEAR));
    cipher.final();
    return Buffer.concat([head, body, cipher.getAuthTag(), word]);
  }

  open(b: Buffer, start: number, end: number, ssrc: number, index: number): number {
    const stop = end - INDEX - TAG;
    const body = start + RTCP_CLEAR;
    const cipher = createDecipheriv(ALGORITHM, this.#key, this.#nonce(ssrc, index), TAG_LENGTH);
    cipher.setAAD(Buffer.concat([b.subarray(start, body), b.subarray(end - INDEX, end)]));
    cipher.setAuthTag(b.subarray(stop, end - INDEX));
    return finishInPlace(cipher, b, body, stop);
  }

  /** RFC 7714 9.1. */
  #nonce(ssrc: number, index: number): Buffer {
    const iv = this.#iv;
    iv.writeUInt16BE(0, 0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt16BE(0, 6);
    iv.writeUInt32BE(index, 8);
    return mask(iv, this.#salt);
  }
}

function mask(iv: Buffer, salt: Buffer): Buffer {
  for (let i = 0; i < 12; i++) iv[i]! ^= salt[i]!;
  return iv;
}

/** Writes the plaintext over the ciphertext `[from, to)` once the tag has held; returns its end, or -1. */
function finishInPlace(
  cipher: ReturnType<typeof createDecipheriv>,
  b: Buffer,
  from: number,
  to: number,
): number {
  const plain = cipher.update(b.subarray(from, to));
  try {
    cipher.final();
  } catch {
    return -1;
  }
  plain.copy(b, from);
  return to;
}
