import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Lengths for AES-128-GCM (RFC 5288 3). */
const KEY_BYTES = 16;
const IV_BYTES = 4;
const MASTER_BYTES = 48;
const VERIFY_BYTES = 12;

/** TLS 1.2 pseudo-random function with SHA-256 (RFC 5246 5). */
export function prf(secret: KeyObject, label: string, seed: Buffer, bytes: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  const blocks: Buffer[] = [];
  let a: Buffer = labelled;
  for (let made = 0; made < bytes; made += 32) {
    a = hmac(a);
    blocks.push(hmac(Buffer.concat([a, labelled])));
  }
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** Extended master secret: bound to the hash of the handshake so far (RFC 7627 4). */
export function extendedMaster(premaster: Buffer, sessionHash: Buffer): KeyObject {
  const key = createSecretKey(premaster);
  return createSecretKey(prf(key, 'extended master secret', sessionHash, MASTER_BYTES));
}

/** Key and implicit nonce of one direction's records. */
export interface RecordKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
}

/** Record keys of both directions (RFC 5246 6.3). */
export function recordKeys(
  master: KeyObject,
  clientRandom: Buffer,
  serverRandom: Buffer,
): { client: RecordKeys; server: RecordKeys } {
  const seed = Buffer.concat([serverRandom, clientRandom]);
  const [clientKey, serverKey, clientIv, serverIv] = cut(
    prf(master, 'key expansion', seed, 2 * (KEY_BYTES + IV_BYTES)),
    [KEY_BYTES, KEY_BYTES, IV_BYTES, IV_BYTES],
  );
  return { client: { key: clientKey!, iv: clientIv! }, server: { key: serverKey!, iv: serverIv! } };
}

/** Content of a Finished message (RFC 5246 7.4.9). */
export function verifyData(master: KeyObject, side: 'client' | 'server', transcriptHash: Buffer): Buffer {
  return prf(master, `${side} finished`, transcriptHash, VERIFY_BYTES);
}

/** Exported keying material without context (RFC 5705 4). */
export function exportKeys(
  master: KeyObject,
  label: string,
  clientRandom: Buffer,
  serverRandom: Buffer,
  bytes: number,
): Buffer {
  return prf(master, label, Buffer.concat([clientRandom, serverRandom]), bytes);
}

/** The bytes of `b` in pieces of the given sizes. */
export function cut(b: Buffer, sizes: readonly number[]): Buffer[] {
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return b.subarray(at - size, at);
  });
}
