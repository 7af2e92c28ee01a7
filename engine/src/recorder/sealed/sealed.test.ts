import { makeOriginalsPair, openingKey } from '@nightjar/contract/link';
import { expect, it } from 'vitest';
import { bytesPort, MemoryStorage } from '../testing/memory-storage.ts';
import { lookAtSealed, type SealedLook, soundRecords, tailOf, wholeEnd } from './look.ts';
import { CHUNK, endOf, MAX_RECORDS, RECORD_HEAD, TAG, writeRecordHead, writeTail } from './records.ts';
import { SealingFile } from './sealing-file.ts';
import { UnsealError, Unsealed } from './unsealed.ts';

const pair = makeOriginalsPair();
const recipient = { id: 'k1', public_half: pair.publicHalf };
const about = { streamId: 'yard', utc: Date.UTC(2026, 0, 2, 3, 4, 5), streamTime: 7, trackId: 1 };
const PATH = '/footage/x.sealed';

/** Bytes that tell where they are. */
const pattern = (length: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17 + (at >> 8)) & 0xff));

const INIT = pattern(700, 1);
const PARTS = [pattern(3, 2), pattern(CHUNK, 3), pattern(2 * CHUNK + 123, 4)];
const INDEX = pattern(90, 5);
const PLAIN = Buffer.concat([INIT, ...PARTS, INDEX]);

/** The bytes of a file after its init, so many parts, and its index when it was closed. */
async function written(parts = PARTS.length, closed = true): Promise<Buffer> {
  const storage = new MemoryStorage();
  const file = new SealingFile(await storage.create(PATH), recipient, about);
  await file.append([INIT.subarray(0, 10), Buffer.alloc(0), INIT.subarray(10)], { kind: 'init', until: 0 });
  for (const [index, part] of PARTS.slice(0, parts).entries())
    await file.append([part.subarray(0, 1), part.subarray(1)], { kind: 'part', until: index + 1 });
  if (closed) await file.append([INDEX], { kind: 'index', until: parts });
  const { bytes } = storage.files.get(PATH)!;
  expect(file.stored).toBe(bytes.length);
  return bytes;
}

async function looked(bytes: Buffer): Promise<SealedLook> {
  const look = await lookAtSealed(bytesPort(bytes));
  if (!look || look === 'torn') throw new Error(`not a whole head: ${look}`);
  return look;
}

function keyOf({ head }: SealedLook, streamId = 'yard'): Buffer {
  return openingKey(pair.privateHalf, { ephemeral: head.ephemeral, streamId });
}

async function opened(bytes: Buffer): Promise<Unsealed> {
  const look = await looked(bytes);
  return new Unsealed(bytesPort(bytes), look, keyOf(look));
}

it('gives back what was appended, whole and by every kind of range', async () => {
  const file = await opened(await written());
  expect(file.size).toBe(PLAIN.length);
  expect((await file.read(0, PLAIN.length)).equals(PLAIN)).toBe(true);
  const edges = [0, 1, 699, 700, 702, 703, 703 + CHUNK - 1, 703 + CHUNK, 703 + 3 * CHUNK, PLAIN.length - 1];
  for (const from of edges)
    for (const length of [0, 1, 2, 700, CHUNK - 1, CHUNK, CHUNK + 1, 10 * CHUNK])
      expect((await file.read(from, length)).equals(PLAIN.subarray(from, from + length))).toBe(true);
});

it('says in clear when, of which stream and for which key, and nothing else', async () => {
  const bytes = await written();
  const { head, records, closed } = await looked(bytes);
  expect(head).toMatchObject({ description: about, keyId: 'k1' });
  expect(records.map(({ kind, until }) => [kind, until])).toEqual([
    ...[
      ['init', 0],
      ['part', 1],
    ],
    ...[
      ['part', 2],
      ['part', 3],
      ['index', 3],
    ],
  ]);
  expect(closed).toBe(true);
  for (const piece of [INIT, ...PARTS.slice(1), INDEX]) {
    for (let at = 0; at + 16 <= piece.length; at += 1024)
      expect(bytes.includes(piece.subarray(at, at + 16))).toBe(false);
  }
});

it('never seals two chunks alike, nor two files', async () => {
  const chunks = new Set<string>();
  let count = 0;
  for (const bytes of [await written(), await written()]) {
    for (const record of (await looked(bytes)).records) {
      for (let at = record.offset + RECORD_HEAD; at < endOf(record); at += CHUNK + TAG) {
        chunks.add(bytes.subarray(at, Math.min(endOf(record), at + 16)).toString('hex'));
        count++;
      }
    }
  }
  expect(chunks.size).toBe(count);
});

it('is shut for another pair and another stream', async () => {
  const bytes = await written();
  const look = await looked(bytes);
  const other = openingKey(makeOriginalsPair().privateHalf, {
    ephemeral: look.head.ephemeral,
    streamId: 'yard',
  });
  for (const key of [other, keyOf(look, 'gate'), Buffer.alloc(32)])
    await expect(new Unsealed(bytesPort(bytes), look, key).read(0, 1)).rejects.toThrow(UnsealError);
});

it('cut anywhere it is torn or what was whole by then, and never anything else', async () => {
  const bytes = await written(2, true);
  const whole = await looked(bytes);
  const ends = whole.records.map(endOf);
  const plain = Buffer.concat([INIT, ...PARTS.slice(0, 2), INDEX]);
  const near = (at: number): boolean => [0, ...ends].some((end) => Math.abs(at - end) < 40);
  for (let size = 0; size < bytes.length; size += near(size) || bytes.length - size < 250 ? 1 : 997) {
    const cut = bytes.subarray(0, size);
    const look = await lookAtSealed(bytesPort(cut));
    if (size < whole.head.bytes.length) {
      expect(look).toBe('torn');
      continue;
    }
    if (!look || look === 'torn') throw new Error(`at ${size}: ${look}`);
    expect(look.closed).toBe(false);
    expect(look.records.length).toBe(ends.filter((end) => end <= size).length);
    const file = new Unsealed(bytesPort(cut), look, keyOf(look));
    expect((await file.read(0, plain.length)).equals(plain.subarray(0, file.size))).toBe(true);
  }
});

it('a file that was cut is closed again without its key, and opens as far as it was whole', async () => {
  const bytes = await written(3, false);
  const torn = bytes.subarray(0, bytes.length - 5);
  const look = await looked(torn);
  const records = await soundRecords(bytesPort(torn), look);
  const mended = Buffer.concat([torn.subarray(0, wholeEnd({ ...look, records })), tailOf(records)]);
  expect((await looked(mended)).closed).toBe(true);
  const file = await opened(mended);
  expect((await file.read(0, PLAIN.length)).equals(Buffer.concat([INIT, ...PARTS.slice(0, 2)]))).toBe(true);
});

it('what a power cut left half written is not taken for whole', async () => {
  const bytes = await written(3, false);
  const look = await looked(bytes);
  const zeroed = Buffer.from(bytes).fill(0, endOf(look.records[3]!) - 40);
  expect((await soundRecords(bytesPort(zeroed), look)).length).toBe(3);
  const first = Buffer.from(bytes).fill(0, endOf(look.records[0]!) - 40, endOf(look.records[0]!));
  expect(await soundRecords(bytesPort(first), look)).toEqual([]);
});

it('a changed bit anywhere is found, or shut, and gives no other picture', async () => {
  const bytes = await written(2);
  const plain = Buffer.concat([INIT, ...PARTS.slice(0, 2), INDEX]);
  const { records } = await looked(bytes);
  const tail = wholeEnd(await looked(bytes));
  let shut = 0;
  for (let at = 0; at < bytes.length; at += at < 400 || at > tail - 200 ? 1 : 131) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 8);
    const look = await lookAtSealed(bytesPort(changed));
    if (!look || look === 'torn') continue;
    const file = new Unsealed(bytesPort(changed), look, keyOf(look));
    const read = await file.read(0, plain.length).catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnsealError);
      shut++;
      return undefined;
    });
    // A tail or a head of a record that is not what it was: the records in front of it are.
    if (read) expect(read.equals(plain.subarray(0, read.length))).toBe(true);
  }
  expect(shut).toBeGreaterThan(records.length);
});

it('chunks that changed places, or came from another file, do not open', async () => {
  const bytes = await written();
  const other = await written();
  const look = await looked(bytes);
  const big = look.records[3]!;
  const [one, two] = [0, CHUNK + TAG].map((at) => big.offset + RECORD_HEAD + at) as [number, number];
  const swapped = Buffer.from(bytes);
  bytes.copy(swapped, one, two, two + CHUNK + TAG);
  bytes.copy(swapped, two, one, one + CHUNK + TAG);
  const mixed = Buffer.from(bytes);
  other.copy(mixed, one, one, one + CHUNK + TAG);
  for (const changed of [swapped, mixed]) {
    const file = new Unsealed(bytesPort(changed), look, keyOf(look));
    await expect(file.read(big.at, 1)).rejects.toThrow(UnsealError);
    expect((await file.read(0, 700)).equals(INIT)).toBe(true);
  }
});

it('records that changed places with their heads do not count on', async () => {
  const bytes = await written(3, false);
  const { records } = await looked(bytes);
  const swapped = Buffer.concat([
    bytes.subarray(0, records[1]!.offset),
    bytes.subarray(records[2]!.offset, endOf(records[2]!)),
    bytes.subarray(records[1]!.offset, endOf(records[1]!)),
    bytes.subarray(endOf(records[2]!)),
  ]);
  expect((await looked(swapped)).records.length).toBe(1);
});

it('is given up when a write fails, cut to what was whole, and never written again', async () => {
  const storage = new MemoryStorage();
  const file = new SealingFile(await storage.create(PATH), recipient, about);
  await file.append([INIT], { kind: 'init', until: 0 });
  await file.append([PARTS[1]!], { kind: 'part', until: 1 });
  const { length } = storage.files.get(PATH)!.bytes;
  storage.free = 1000;
  await expect(file.append([PARTS[2]!], { kind: 'part', until: 2 })).rejects.toThrow('ENOSPC');
  await file.cut(INIT.length + CHUNK);
  expect(storage.files.get(PATH)!.bytes.length).toBe(length);
  expect(file.stored).toBe(length);
  await file.close();
  await expect(file.append([PARTS[0]!], { kind: 'part', until: 2 })).rejects.toThrow('closed');
});

it('a file of more records than any of ours has is none, however it says so', async () => {
  const { head } = await looked(await written(1));
  const record = { kind: 'part', size: 1, until: 1, crc: 0 } as const;
  const one = Buffer.concat([writeRecordHead({ ...record, first: 0 }), Buffer.alloc(1 + TAG)]);
  const heads = Array.from({ length: MAX_RECORDS + 1 }, (_, first) => ({ ...record, first }));
  const body = Buffer.alloc(heads.length * one.length);
  for (const [at, each] of heads.entries()) writeRecordHead(each).copy(body, at * one.length);
  for (const tail of [Buffer.alloc(0), writeTail(heads)]) {
    const port = bytesPort(Buffer.concat([head.bytes, body, tail]));
    const longest = { bytes: 0 };
    const counted = {
      size: port.size,
      read: (offset: number, length: number) => {
        longest.bytes = Math.max(longest.bytes, length);
        return port.read(offset, length);
      },
    };
    expect(await lookAtSealed(counted)).toBeUndefined();
    expect(longest.bytes).toBeLessThan(20_000);
  }
});

it('what is no sealed file is told from one', async () => {
  const foreign = [pattern(500, 9), Buffer.from('NJSEALEX and more'), Buffer.alloc(64)];
  for (const bytes of foreign) expect(await lookAtSealed(bytesPort(bytes))).toBeUndefined();
  expect(await lookAtSealed(bytesPort(Buffer.alloc(0)))).toBe('torn');
});
