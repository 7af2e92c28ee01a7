import { createDecipheriv } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { MalformedError } from '../../bytes/index.ts';

/** What an `EXT-X-KEY` says of the segments below it (RFC 8216 4.3.2.4). */
export interface PulledKey {
  /** `AES-128`, or one that is not read. */
  readonly method: string;
  /** As it is written. */
  readonly uri: string;
  /** Sixteen bytes; absent: the number of the segment. */
  readonly iv: Buffer | undefined;
}

/** The only format in which a key is sixteen bytes and nothing else (RFC 8216 4.3.2.4). */
const IDENTITY = 'identity';
const BLOCK = 16;
/** Bytes that are decrypted in one turn of the event loop, about a millisecond. */
const SLICE = 1024 * 1024;

/** Keys as the lines of a playlist change them: one for each format, until another or none at all. */
export class KeysInForce {
  readonly #byFormat = new Map<string, PulledKey>();

  /** Throws MalformedError. */
  take(attributes: ReadonlyMap<string, string>): void {
    const method = attributes.get('METHOD') ?? '';
    if (method === 'NONE') {
      this.#byFormat.clear();
      return;
    }
    const uri = attributes.get('URI');
    if (!uri) throw new MalformedError('a key without an address', 0);
    const iv = attributes.get('IV');
    const key = { method, uri, iv: iv === undefined ? undefined : ivOf(iv) };
    this.#byFormat.set(attributes.get('KEYFORMAT') ?? IDENTITY, key);
  }

  /** The one to read what follows with: that which we can use, where there is a choice. */
  get inForce(): PulledKey | undefined {
    const plain = this.#byFormat.get(IDENTITY);
    if (plain || this.#byFormat.size === 0) return plain;
    const [[format, { method, ...key }]] = [...this.#byFormat] as [[string, PulledKey]];
    return { ...key, method: `${method} by ${format.replace(/[^\w.:-]/g, '').slice(0, 60)}` };
  }
}

function ivOf(text: string): Buffer {
  const hex = /^0x([0-9a-f]{1,32})$/i.exec(text)?.[1];
  if (!hex) throw new MalformedError('a key with an initialization vector that is none', 0);
  return Buffer.from(hex.padStart(2 * BLOCK, '0'), 'hex');
}

/** Throws MalformedError, with the reason, for what is encrypted in another way than by AES-128. */
export function checkReadable({ method }: PulledKey): void {
  if (method === 'AES-128') return;
  const named = method.replace(/[^\w .:-]/g, '').slice(0, 80) || 'a way that is not named';
  throw new MalformedError(`the segments are encrypted with ${named}; only AES-128 is read`, 0);
}

/** The vector of a segment whose playlist states none: its number (RFC 8216 5.2). */
export function ivOfSequence(sequence: number): Buffer {
  const iv = Buffer.alloc(BLOCK);
  iv.writeBigUInt64BE(BigInt(sequence), BLOCK - 8);
  return iv;
}

/**
 * A whole resource in clear: AES-128 in CBC with PKCS7 padding (RFC 8216 4.3.2.4). Lets others have their turn in
 * long ones. Rejects with MalformedError where key and bytes do not go together.
 */
export async function decrypted(bytes: Buffer, key: Buffer, iv: Buffer): Promise<Buffer> {
  if (key.length !== BLOCK) throw new MalformedError(`a key of ${key.length} bytes; AES-128 has 16`, 0);
  if (bytes.length === 0 || bytes.length % BLOCK !== 0) {
    throw new MalformedError(`${bytes.length} encrypted bytes, which are no whole blocks`, 0);
  }
  const decipher = createDecipheriv('aes-128-cbc', key, iv);
  const clear: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += SLICE) {
    if (at > 0) await turn();
    clear.push(decipher.update(bytes.subarray(at, at + SLICE)));
  }
  try {
    return Buffer.concat([...clear, decipher.final()]);
  } catch (cause) {
    throw Object.assign(new MalformedError('the key does not fit the segments', 0), { cause });
  }
}
