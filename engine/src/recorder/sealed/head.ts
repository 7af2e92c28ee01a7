import { crc32 } from 'node:zlib';
import { PublicHalf } from '@nightjar/contract/link';
import type { RandomAccess } from '@nightjar/media/mp4';
import { describeSegment, readDescription, type SegmentDescription } from '../description.ts';

const MAGIC = Buffer.from('NJSEALED');
const MAX_HEAD = 16 * 1024;

/** What a sealed file says in clear. */
export interface SealedHead {
  readonly description: SegmentDescription;
  /** Names the installation's pair. */
  readonly keyId: string;
  /** The file's own public half, see `openingKey`. */
  readonly ephemeral: string;
  /** All its bytes, which are authenticated with each chunk. */
  readonly bytes: Buffer;
}

/** The first bytes of a sealed file. */
export function writeHead(
  description: SegmentDescription,
  { keyId, ephemeral }: Pick<SealedHead, 'keyId' | 'ephemeral'>,
): Buffer {
  const about: unknown = JSON.parse(describeSegment(description).toString());
  const text = Buffer.from(JSON.stringify({ ...(about as object), key_id: keyId, ephemeral }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const bytes = Buffer.concat([MAGIC, length, text]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

/** `torn`: it begins as ours do and ends before its head does. Undefined for what is none of ours. */
export async function readHead(port: RandomAccess): Promise<SealedHead | 'torn' | undefined> {
  const begin = await port.read(0, MAGIC.length + 4);
  if (!MAGIC.subarray(0, begin.length).equals(begin.subarray(0, MAGIC.length))) return undefined;
  if (begin.length < MAGIC.length + 4) return 'torn';
  const end = begin.length + begin.readUInt32BE(MAGIC.length) + 4;
  if (end > MAX_HEAD) return undefined;
  const bytes = await port.read(0, end);
  if (bytes.length < end) return 'torn';
  if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(0, end - 4))) return undefined;
  return parsed(bytes.subarray(begin.length, end - 4), bytes);
}

function parsed(text: Buffer, bytes: Buffer): SealedHead | undefined {
  const description = readDescription(text);
  if (!description) return undefined;
  const { key_id: keyId, ephemeral } = JSON.parse(text.toString()) as Record<string, unknown>;
  if (typeof keyId !== 'string' || !PublicHalf.safeParse(ephemeral).success) return undefined;
  return { description, keyId, ephemeral: String(ephemeral), bytes };
}
