import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** SHA-256 (hexadecimal) and size of all that a source gives; rejects with what the source does. */
export async function digestOf(source: Readable): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
