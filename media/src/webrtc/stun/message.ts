import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { MalformedError } from '../../bytes/index.ts';

/** RFC 8489 5: a fixed word that tells STUN from everything else. */
export const MAGIC_COOKIE = 0x2112a442;
export const STUN_HEADER = 20;
/** More than any binding request in the field; longer ones are refused. */
const MAX_MESSAGE = 1024;
/** RFC 8489 14.7. */
const FINGERPRINT_XOR = 0x5354554e;
const HMAC_BYTES = 20;

/** Attribute types (RFC 8489 18.3, RFC 8445 20.2). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** Message types of the one method that ICE uses (RFC 8489 5). */
export const BINDING = { request: 0x0001, indication: 0x0011, success: 0x0101, error: 0x0111 } as const;

/** A STUN message as it lies in the buffer it was read from. */
export interface StunMessage {
  /** Class and method, one of {@link BINDING} or something else. */
  readonly type: number;
  /** 12 bytes; a view of the buffer. */
  readonly transaction: Buffer;
  /** Values by type, the first of each, views of the buffer; those behind MESSAGE-INTEGRITY do not count. */
  readonly attributes: ReadonlyMap<number, Buffer>;
  readonly hasFingerprint: boolean;
  /** Whether MESSAGE-INTEGRITY is there and was made with the password `key`. */
  isSignedWith(key: KeyObject): boolean;
}

/** What {@link readAttributes} finds. */
interface Attributes {
  readonly values: Map<number, Buffer>;
  /** Offset of MESSAGE-INTEGRITY; -1 without. */
  integrityAt: number;
  fingerprintAt: number;
}

/**
 * Reads one STUN message that fills `[start, end)` (RFC 8489 5, 14). Throws MalformedError when it does not, or
 * when its FINGERPRINT is wrong.
 */
export function readStun(b: Buffer, start: number, end: number): StunMessage {
  const length = end - start;
  if (length < STUN_HEADER || length > MAX_MESSAGE)
    throw new MalformedError('STUN message of odd size', start);
  const type = b.readUInt16BE(start);
  if (type > 0x3fff) throw new MalformedError('not STUN', start);
  if (b.readUInt32BE(start + 4) !== MAGIC_COOKIE)
    throw new MalformedError('STUN without magic cookie', start + 4);
  if (b.readUInt16BE(start + 2) !== length - STUN_HEADER) {
    throw new MalformedError('STUN length does not match', start + 2);
  }
  const { values, integrityAt, fingerprintAt } = readAttributes(b, start + STUN_HEADER, end);
  if (fingerprintAt >= 0 && b.readUInt32BE(fingerprintAt + 4) !== fingerprintCrc(b, start, fingerprintAt)) {
    throw new MalformedError('STUN fingerprint does not match', fingerprintAt);
  }
  return {
    type,
    transaction: b.subarray(start + 8, start + STUN_HEADER),
    attributes: values,
    hasFingerprint: fingerprintAt >= 0,
    isSignedWith: (key) => integrityAt >= 0 && isSigned(b, start, integrityAt, key),
  };
}

function readAttributes(b: Buffer, start: number, end: number): Attributes {
  const found: Attributes = { values: new Map(), integrityAt: -1, fingerprintAt: -1 };
  let at = start;
  while (at < end) {
    if (at + 4 > end) throw new MalformedError('STUN attribute is cut off', at);
    const type = b.readUInt16BE(at);
    const size = b.readUInt16BE(at + 2);
    const next = at + 4 + ((size + 3) & ~3);
    if (next > end) throw new MalformedError('STUN attribute is longer than its message', at);
    if (found.fingerprintAt >= 0) throw new MalformedError('STUN attribute behind the fingerprint', at);
    note(found, type, b.subarray(at + 4, at + 4 + size), at);
    at = next;
  }
  return found;
}

/** RFC 8489 14.5: what stands behind MESSAGE-INTEGRITY is not protected and is ignored, but for FINGERPRINT. */
function note(found: Attributes, type: number, value: Buffer, at: number): void {
  if (type === ATTRIBUTE.fingerprint) {
    if (value.length !== 4) throw new MalformedError('STUN fingerprint of odd size', at);
    found.fingerprintAt = at;
  } else if (found.integrityAt >= 0) return;
  else if (type === ATTRIBUTE.messageIntegrity) {
    if (value.length !== HMAC_BYTES) throw new MalformedError('STUN integrity of odd size', at);
    found.integrityAt = at;
  } else if (!found.values.has(type)) found.values.set(type, value);
}

function isSigned(b: Buffer, start: number, integrityAt: number, key: KeyObject): boolean {
  const value = b.subarray(integrityAt + 4, integrityAt + 4 + HMAC_BYTES);
  return timingSafeEqual(value, integrityOf(b, start, integrityAt, key));
}

/** RFC 8489 14.5: the length in the header is counted up to the end of MESSAGE-INTEGRITY itself. */
function integrityOf(b: Buffer, start: number, integrityAt: number, key: KeyObject): Buffer {
  const head = Buffer.from(b.subarray(start, start + 4));
  head.writeUInt16BE(integrityAt - start - STUN_HEADER + 4 + HMAC_BYTES, 2);
  return createHmac('sha1', key)
    .update(head)
    .update(b.subarray(start + 4, integrityAt))
    .digest();
}

/** Over a message whose length already includes FINGERPRINT (RFC 8489 14.7). */
function fingerprintCrc(b: Buffer, start: number, fingerprintAt: number): number {
  return (crc32(b.subarray(start, fingerprintAt)) ^ FINGERPRINT_XOR) >>> 0;
}

/** Writes a STUN message: the attributes, then MESSAGE-INTEGRITY (with a key), then FINGERPRINT. */
export function writeStun(
  type: number,
  transaction: Buffer,
  attributes: readonly (readonly [type: number, value: Buffer])[],
  key: KeyObject | undefined,
): Buffer {
  const size = attributes.reduce((sum, [, value]) => sum + 4 + ((value.length + 3) & ~3), 0);
  const integrity = key ? 4 + HMAC_BYTES : 0;
  const b = Buffer.alloc(STUN_HEADER + size + integrity + 8);
  b.writeUInt16BE(type, 0);
  b.writeUInt16BE(b.length - STUN_HEADER, 2);
  b.writeUInt32BE(MAGIC_COOKIE, 4);
  transaction.copy(b, 8, 0, 12);
  let at = STUN_HEADER;
  for (const [attribute, value] of attributes) {
    writeAttributeHead(b, at, attribute, value.length);
    value.copy(b, at + 4);
    at += 4 + ((value.length + 3) & ~3);
  }
  if (key) {
    writeAttributeHead(b, at, ATTRIBUTE.messageIntegrity, HMAC_BYTES);
    integrityOf(b, 0, at, key).copy(b, at + 4);
    at += integrity;
  }
  writeAttributeHead(b, at, ATTRIBUTE.fingerprint, 4);
  b.writeUInt32BE(fingerprintCrc(b, 0, at), at + 4);
  return b;
}

function writeAttributeHead(b: Buffer, at: number, type: number, length: number): void {
  b.writeUInt16BE(type, at);
  b.writeUInt16BE(length, at + 2);
}
