import { createHmac, timingSafeEqual } from 'node:crypto';
import { RtmpError } from './errors.ts';

/** Bytes of C1, C2, S1 and S2 (RTMP specification 5.2). */
const PACKET = 1536;
const VERSION = 3;
/** Encrypted RTMP begins with 6 (quirk 63). */
const ENCRYPTED: ReadonlySet<number> = new Set([6, 8, 9]);
const DIGEST = 32;
/** The two places where a digest's offset is stated: in the second half of C1, and in the first. */
const SCHEMES = [772, 8] as const;
/** Offsets are sums of four bytes modulo this. */
const OFFSETS = 728;

/** Known to all since 2009; they tell clients of Adobe's kind apart and prove nothing. */
const PLAYER_KEY = Buffer.from('Genuine Adobe Flash Player 001');
const SERVER_KEY = Buffer.from('Genuine Adobe Flash Media Server 001');
const COMMON_KEY = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
/** What our S1 calls itself, for clients that expect a version. */
const SERVER_VERSION = 0x04050001;

const hmac = (key: Buffer, ...parts: readonly Buffer[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

function digestOffset(packet: Buffer, scheme: number): number {
  const sum = packet[scheme]! + packet[scheme + 1]! + packet[scheme + 2]! + packet[scheme + 3]!;
  return (sum % OFFSETS) + scheme + 4;
}

function digestOf(packet: Buffer, offset: number, key: Buffer): Buffer {
  return hmac(key, packet.subarray(0, offset), packet.subarray(offset + DIGEST));
}

/** The scheme and digest of a C1 that has one. */
function findDigest(c1: Buffer): { scheme: number; digest: Buffer } | undefined {
  for (const scheme of SCHEMES) {
    const offset = digestOffset(c1, scheme);
    const digest = c1.subarray(offset, offset + DIGEST);
    if (timingSafeEqual(digest, digestOf(c1, offset, PLAYER_KEY))) return { scheme, digest };
  }
  return undefined;
}

/**
 * S0, S1 and S2 for a client's C1: with digests when it has one, an echo otherwise. `random`: unpredictable bytes;
 * nothing depends on it.
 */
export function serverHello(c1: Buffer, random: (size: number) => Buffer): Buffer {
  const out = Buffer.concat([Buffer.from([VERSION]), random(PACKET), c1]);
  const s1 = out.subarray(1, 1 + PACKET);
  s1.fill(0, 0, 8);
  const found = c1.readUInt32BE(4) === 0 ? undefined : findDigest(c1);
  if (!found) return out;
  s1.writeUInt32BE(SERVER_VERSION, 4);
  const offset = digestOffset(s1, found.scheme);
  digestOf(s1, offset, SERVER_KEY).copy(s1, offset);
  const s2 = out.subarray(1 + PACKET);
  random(PACKET).copy(s2);
  const key = hmac(Buffer.concat([SERVER_KEY, COMMON_KEY]), found.digest);
  hmac(key, s2.subarray(0, PACKET - DIGEST)).copy(s2, PACKET - DIGEST);
  return out;
}

/** C0 and C1 of a simple handshake. */
export function clientHello(random: (size: number) => Buffer): Buffer {
  const out = Buffer.concat([Buffer.from([VERSION]), random(PACKET)]);
  out.fill(0, 1, 9);
  return out;
}

/**
 * One side's handshake: gathers what the other side sends before the first chunk. A server answers C0 and C1 and
 * waits for C2, which says nothing; a client answers S0, S1 and S2 with C2.
 */
export class Handshake {
  readonly #role: 'server' | 'client';
  readonly #write: (bytes: Buffer) => void;
  readonly #random: (size: number) => Buffer;
  readonly #bytes = Buffer.alloc(1 + 2 * PACKET);
  #got = 0;

  constructor(
    role: 'server' | 'client',
    options: { write: (bytes: Buffer) => void; random: (size: number) => Buffer },
  ) {
    this.#role = role;
    this.#write = options.write;
    this.#random = options.random;
    if (role === 'client') this.#write(clientHello(this.#random));
  }

  get done(): boolean {
    return this.#got === this.#bytes.length;
  }

  /** Takes what it needs of `[start, end)`. Returns where the chunks begin. Throws RtmpError. */
  read(b: Buffer, start: number, end: number): number {
    const before = this.#got;
    const take = Math.min(end - start, this.#bytes.length - before);
    b.copy(this.#bytes, before, start, start + take);
    this.#got += take;
    if (before === 0 && take > 0) this.#checkVersion(this.#bytes[0]!);
    const answers = this.#role === 'server' ? 1 + PACKET : this.#bytes.length;
    if (before < answers && this.#got >= answers) this.#answer();
    return start + take;
  }

  #answer(): void {
    const first = this.#bytes.subarray(1, 1 + PACKET);
    this.#write(this.#role === 'server' ? serverHello(first, this.#random) : Buffer.from(first));
  }

  #checkVersion(version: number): void {
    if (version === VERSION) return;
    if (ENCRYPTED.has(version)) throw new RtmpError('not_rtmp', 'RTMPE is not supported: use RTMPS');
    throw new RtmpError('not_rtmp', 'the other side does not speak RTMP');
  }
}
