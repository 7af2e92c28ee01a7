import { crc32 } from 'node:zlib';
import type { RandomAccess } from '@nightjar/media/mp4';
import type { SegmentTimes } from '../summary.ts';
import { readHead, type SealedHead } from './head.ts';
import {
  chunksOf,
  endOf,
  FOOTER,
  MAX_RECORDS,
  type PlacedRecord,
  placed,
  RECORD_HEAD,
  readRecordHead,
  readTail,
  sealedSize,
  tailLength,
  writeTail,
} from './records.ts';

/** What is known of a sealed file without its key. */
export interface SealedLook {
  readonly head: SealedHead;
  /** Whole ones, as far as their sizes tell. */
  readonly records: readonly PlacedRecord[];
  /** Nothing will be appended: its tail is there. */
  readonly closed: boolean;
}

/** `torn`: it never got its head whole. Undefined for what is none of ours. */
export async function lookAtSealed(port: RandomAccess): Promise<SealedLook | 'torn' | undefined> {
  const head = await readHead(port);
  if (head === undefined || head === 'torn') return head;
  const listed = await listedRecords(port, head);
  if (listed) return { head, records: listed, closed: true };
  const records = await walkedRecords(port, head);
  return records.length > MAX_RECORDS ? undefined : { head, records, closed: false };
}

/** Bytes behind which nothing is whole. */
export const wholeEnd = ({ head, records }: Pick<SealedLook, 'head' | 'records'>): number => {
  const last = records.at(-1);
  return last ? endOf(last) : head.bytes.length;
};

/** When it began and how long it is, by its own account; undefined before its first part. */
export function sealedTimes({ head, records }: SealedLook): SegmentTimes | undefined {
  const last = records.findLast(({ kind }) => kind === 'part');
  const { streamId, utc } = head.description;
  return last && { streamId, utc, duration: last.until };
}

/**
 * The records that a torn file is to be closed with: without an index, and without the part that a power cut left half
 * written, the last one. None where the beginning is not what was written: a power cut does so to a file of which
 * nothing was told yet.
 */
export async function soundRecords(port: RandomAccess, look: SealedLook): Promise<readonly PlacedRecord[]> {
  const records = [...look.records];
  if (!records[0] || !(await isSound(port, records[0]))) return [];
  if (records.at(-1)?.kind === 'index') records.pop();
  const last = records.at(-1);
  if (last && !(await isSound(port, last))) records.pop();
  return records;
}

/** What closes a file of these records. */
export const tailOf = (records: readonly PlacedRecord[]): Buffer => writeTail(records);

/** Whether the sealed bytes are those that were written. */
export async function isSound(port: RandomAccess, record: PlacedRecord): Promise<boolean> {
  const body = await port.read(record.offset + RECORD_HEAD, sealedSize(record.size));
  return body.length === sealedSize(record.size) && crc32(body) === record.crc;
}

async function listedRecords(port: RandomAccess, head: SealedHead): Promise<PlacedRecord[] | undefined> {
  const length = tailLength(await port.read(Math.max(0, port.size - FOOTER), FOOTER));
  if (length === undefined || length > port.size - head.bytes.length) return undefined;
  const records = readTail(await port.read(port.size - length, length));
  const all = records && placed(records, head.bytes.length);
  return all && wholeEnd({ head, records: all }) === port.size - length ? all : undefined;
}

async function walkedRecords(port: RandomAccess, head: SealedHead): Promise<PlacedRecord[]> {
  const records: PlacedRecord[] = [];
  for (let offset = head.bytes.length, at = 0, first = 0; records.length <= MAX_RECORDS; ) {
    const record = readRecordHead(await port.read(offset, RECORD_HEAD));
    if (record?.first !== first) return records;
    const next = { ...record, offset, at };
    if (endOf(next) > port.size) return records;
    records.push(next);
    offset = endOf(next);
    at += record.size;
    first += chunksOf(record.size);
  }
  return records;
}
