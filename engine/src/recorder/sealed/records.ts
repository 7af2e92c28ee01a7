import { crc32 } from 'node:zlib';

/** Plain bytes of a chunk; the last one of a record may be shorter. */
export const CHUNK = 64 * 1024;
/** What AES-256-GCM adds to each. */
export const TAG = 16;
/** Bytes in front of a record's sealed ones. */
export const RECORD_HEAD = 32;
/** Bytes at the very end of a closed file. */
export const FOOTER = 20;
/** More than any part: what says so is none of ours. */
const MAX_RECORD = 64 * 1024 * 1024;

/** Of one file, whose parts last a second and which lasts a day; twice as many: a table of 6 MiB. */
export const MAX_RECORDS = 200_000;
const RECORD = 0x4e4a5245;
const FOOTER_MAGIC = 0x4e4a454e;
const KINDS = ['init', 'part', 'index'] as const;

/** The head of the MP4, about a second of media, or its index at the end. */
export type RecordKind = (typeof KINDS)[number];

/** One write of a sealed file, as its clear bytes tell. */
export interface SealedRecord {
  readonly kind: RecordKind;
  /** Plain bytes. */
  readonly size: number;
  /** Number of its first chunk in the file. */
  readonly first: number;
  /** Seconds of the leading track up to its end. */
  readonly until: number;
  /** CRC-32 of its sealed bytes. */
  readonly crc: number;
}

/** Where a record lies in its file, and its plain bytes in the MP4. */
export interface PlacedRecord extends SealedRecord {
  /** Of its head, in the file. */
  readonly offset: number;
  /** Of its plain bytes, in the MP4. */
  readonly at: number;
}

export const chunksOf = (size: number): number => Math.ceil(size / CHUNK);
/** Bytes behind the head of a record of so many plain bytes. */
export const sealedSize = (size: number): number => size + chunksOf(size) * TAG;
/** The first byte behind a record. */
export const endOf = ({ offset, size }: PlacedRecord): number => offset + RECORD_HEAD + sealedSize(size);

export function writeRecordHead({ kind, size, first, until, crc }: SealedRecord): Buffer {
  const head = Buffer.alloc(RECORD_HEAD);
  head.writeUInt32BE(RECORD, 0);
  head.writeUInt32BE(KINDS.indexOf(kind), 4);
  head.writeUInt32BE(size, 8);
  head.writeUInt32BE(first, 12);
  head.writeDoubleBE(until, 16);
  head.writeUInt32BE(crc, 24);
  head.writeUInt32BE(crc32(head.subarray(0, 28)), 28);
  return head;
}

/** Undefined for what is no whole head of a record. */
export function readRecordHead(bytes: Buffer): SealedRecord | undefined {
  if (bytes.length < RECORD_HEAD || bytes.readUInt32BE(0) !== RECORD) return undefined;
  if (bytes.readUInt32BE(28) !== crc32(bytes.subarray(0, 28))) return undefined;
  const kind = KINDS[bytes.readUInt32BE(4)];
  const size = bytes.readUInt32BE(8);
  const until = bytes.readDoubleBE(16);
  if (!kind || size === 0 || size > MAX_RECORD || !(until >= 0)) return undefined;
  return { kind, size, first: bytes.readUInt32BE(12), until, crc: bytes.readUInt32BE(24) };
}

/** What of a record, beside the file's head, is authenticated with each of its chunks. */
export const authenticated = ({ kind, size, first, until }: SealedRecord): Buffer =>
  writeRecordHead({ kind, size, first, until, crc: 0 }).subarray(0, 24);

/** The nonce of a chunk (NIST SP 800-38D 8.2.1): its number, for the key is that of this file alone. */
export function nonceOf(chunk: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(chunk, 8);
  return nonce;
}

/** Closes a file: its records once more, so that nobody need walk it. */
export function writeTail(records: readonly SealedRecord[]): Buffer {
  const table = Buffer.concat(records.map(writeRecordHead));
  const footer = Buffer.alloc(FOOTER);
  footer.writeUInt32BE(FOOTER_MAGIC, 0);
  footer.writeUInt32BE(records.length, 4);
  footer.writeUInt32BE(table.length + FOOTER, 8);
  footer.writeUInt32BE(crc32(table), 12);
  footer.writeUInt32BE(crc32(footer.subarray(0, 16)), 16);
  return Buffer.concat([table, footer]);
}

/** Bytes of the tail that ends in `footer`; undefined where none does. */
export function tailLength(footer: Buffer): number | undefined {
  if (footer.length !== FOOTER || footer.readUInt32BE(0) !== FOOTER_MAGIC) return undefined;
  if (footer.readUInt32BE(16) !== crc32(footer.subarray(0, 16))) return undefined;
  const [records, length] = [footer.readUInt32BE(4), footer.readUInt32BE(8)];
  return records <= MAX_RECORDS && length === records * RECORD_HEAD + FOOTER ? length : undefined;
}

/** The records of a whole tail; undefined when it is not what was written. */
export function readTail(tail: Buffer): SealedRecord[] | undefined {
  const table = tail.subarray(0, -FOOTER);
  if (tail.subarray(-FOOTER).readUInt32BE(12) !== crc32(table)) return undefined;
  const records: SealedRecord[] = [];
  for (let at = 0; at < table.length; at += RECORD_HEAD) {
    const record = readRecordHead(table.subarray(at, at + RECORD_HEAD));
    if (!record) return undefined;
    records.push(record);
  }
  return records;
}

/** Puts records one behind the other from `offset` on; undefined when their chunks do not count on. */
export function placed(records: readonly SealedRecord[], offset: number): PlacedRecord[] | undefined {
  const all: PlacedRecord[] = [];
  for (const record of records) {
    const last = all.at(-1);
    const first = last ? last.first + chunksOf(last.size) : 0;
    if (record.first !== first) return undefined;
    all.push({
      ...record,
      offset: last ? endOf(last) : offset,
      at: last ? last.at + last.size : 0,
    });
  }
  return all;
}
