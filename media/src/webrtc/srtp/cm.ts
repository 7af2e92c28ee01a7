import { createCipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { ENCRYPTED, RTCP_CLEAR, type RtcpCipher, type RtpCipher } from './cipher.ts';
import type { SessionKeys } from './derivation.ts';

const ALGORITHM = 'aes-128-ctr';
/** HMAC-SHA1 cut to 80 bits (RFC 3711 4.2.1, 5.2). */
const TAG = 10;
const INDEX = 4;
const WRAP = 0x10000;

/** Counter mode and HMAC over parts, as RTP and RTCP share them (RFC 3711 4.1.1). */
class CounterMode {
  readonly #key: KeyObject;
  readonly #auth: KeyObject;
  readonly #salt: Buffer;
  /** One for all packets: OpenSSL copies it. */
  readonly #iv = Buffer.alloc(16);

  constructor({ cipher, auth, salt }: SessionKeys) {
    this.#key = createSecretKey(cipher);
    this.#auth = createSecretKey(auth);
    this.#salt = salt;
  }

  /** The cipher of one packet; encrypting and decrypting are the same. */
  stream(ssrc: number, index: number): ReturnType<typeof createCipheriv> {
    const iv = this.#iv;
    iv.fill(0);
    iv.writeUInt32BE(ssrc, 4);
    iv.writeUIntBE(index, 8, 6);
    for (let i = 0; i < 14; i++) iv[i]! ^= this.#salt[i]!;
    return createCipheriv(ALGORITHM, this.#key, iv);
  }

  tag(parts: readonly Buffer[], word: number): Buffer {
    const hmac = createHmac('sha1', this.#auth);
    for (const part of parts) hmac.update(part);
    const last = Buffer.allocUnsafe(INDEX);
    last.writeUInt32BE(word >>> 0);
    return hmac.update(last).digest().subarray(0, TAG);
  }
}

/** AES128_CM_HMAC_SHA1_80 for RTP (RFC 3711 3.1). */
export class CmRtp implements RtpCipher {
  readonly #mode: CounterMode;

  constructor(keys: SessionKeys) {
    this.#mode = new CounterMode(keys);
  }

  seal(header: Buffer, lead: Buffer | undefined, payload: Buffer, ssrc: number, index: number): Buffer[] {
    const cipher = this.#mode.stream(ssrc, index);
    const parts = lead ? [header, cipher.update(lead)] : [header];
    parts.push(cipher.update(payload));
    parts.push(this.#mode.tag(parts, Math.floor(index / WRAP)));
    return parts;
  }

  open(b: Buffer, start: number, payload: number, end: number, ssrc: number, index: number): number {
    const stop = end - TAG;
    if (stop < payload) return -1;
    const tag = this.#mode.tag([b.subarray(start, stop)], Math.floor(index / WRAP));
    if (!timingSafeEqual(tag, b.subarray(stop, end))) return -1;
    this.#mode.stream(ssrc, index).update(b.subarray(payload, stop)).copy(b, payload);
    return stop;
  }
}

/** AES128_CM_HMAC_SHA1_80 for RTCP (RFC 3711 3.4): header, ciphertext, index, tag. */
export class CmRtcp implements RtcpCipher {
  readonly overhead = TAG + INDEX;
  readonly indexFromEnd = TAG + INDEX;
  readonly #mode: CounterMode;

  constructor(keys: SessionKeys) {
    this.#mode = new CounterMode(keys);
  }

  seal(packet: Buffer, ssrc: number, index: number): Buffer {
    const head = packet.subarray(0, RTCP_CLEAR);
    const body = this.#mode.stream(ssrc, index).update(packet.subarray(RTCP_CLEAR));
    const word = Buffer.alloc(INDEX);
    word.writeUInt32BE((ENCRYPTED | index) >>> 0);
    return Buffer.concat([head, body, word, this.#mode.tag([head, body], ENCRYPTED | index)]);
  }

  open(b: Buffer, start: number, end: number, ssrc: number, index: number): number {
    const stop = end - TAG - INDEX;
    const tag = this.#mode.tag([b.subarray(start, stop)], ENCRYPTED | index);
    if (!timingSafeEqual(tag, b.subarray(end - TAG, end))) return -1;
    const body = start + RTCP_CLEAR;
    this.#mode.stream(ssrc, index).update(b.subarray(body, stop)).copy(b, body);
    return stop;
  }
}
