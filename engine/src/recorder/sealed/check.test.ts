import { createHash } from 'node:crypto';
import type { CheckedFile } from '@nightjar/contract/footage';
import { makeOriginalsPair } from '@nightjar/contract/link';
import { expect, it } from 'vitest';
import { QuietLog } from '../../testing/index.ts';
import { checkFootage } from '../check.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { SealingFile } from './sealing-file.ts';

const PATH = '/footage/hot/cam/2026-01-02_03-04-05.mp4.sealed';
const NOW = Date.parse('2026-01-03T00:00:00.000Z');
const about = { streamId: 'cam', utc: Date.UTC(2026, 0, 2, 3, 4, 5), streamTime: 0, trackId: 1 };
const recipient = { id: 'k1', public_half: makeOriginalsPair().publicHalf };

/** A file of two parts; `ends`: bytes after each write. */
async function written(closed: boolean): Promise<{ bytes: Buffer; ends: number[] }> {
  const storage = new MemoryStorage();
  const file = new SealingFile(await storage.create(PATH), recipient, about);
  const ends: number[] = [];
  for (const [kind, until] of [
    ['init', 0],
    ['part', 1],
    ['part', 2],
    ...(closed ? ([['index', 2]] as const) : []),
  ] as const) {
    await file.append([Buffer.alloc(500, until)], { kind, until });
    ends.push(file.stored);
  }
  return { bytes: storage.files.get(PATH)!.bytes, ends };
}

async function check(bytes: Buffer, how: { deep?: boolean; repair?: boolean; age?: number } = {}) {
  const storage = new MemoryStorage();
  storage.files.set(PATH, { bytes: Buffer.from(bytes), durable: bytes.length });
  const found: CheckedFile[] = [];
  await checkFootage({
    ...{ storage, basePath: '/footage', log: new QuietLog(), now: NOW },
    ...{ deep: how.deep ?? false, repair: how.repair ?? false },
    lastWrite: async () => NOW - (how.age ?? 60_000),
    found: (file) => found.push(file),
  });
  expect(storage.openFiles).toBe(0);
  return { file: found[0], left: storage.files.get(PATH)?.bytes };
}

it('a sealed file is checked without its key: whole, with its times, and hashed', async () => {
  const { bytes } = await written(true);
  const start = new Date(about.utc).toISOString();
  expect((await check(bytes)).file).toMatchObject({
    state: 'whole',
    start,
    duration: 2,
    bytes: bytes.length,
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect((await check(bytes, { deep: true })).file).toMatchObject({ state: 'whole', sha256 });
});

it('a changed byte of a closed one is found by who looks deeper', async () => {
  const { bytes, ends } = await written(true);
  bytes[ends[1]! - 20]! ^= 1;
  expect((await check(bytes)).file).toMatchObject({ state: 'whole' });
  expect((await check(bytes, { deep: true })).file).toMatchObject({ state: 'damaged' });
});

it('a torn one is told, left alone while it is written, and mended up to its last whole part', async () => {
  const { bytes, ends } = await written(false);
  const torn = bytes.subarray(0, bytes.length - 7);
  expect((await check(torn)).file).toMatchObject({ state: 'torn', duration: 1, whole_bytes: ends[1] });
  expect((await check(torn, { age: 1_000 })).file).toMatchObject({ state: 'open' });
  const { file, left } = await check(torn, { repair: true });
  expect(file).toMatchObject({ state: 'repaired', duration: 1 });
  expect((await check(left!)).file).toMatchObject({ state: 'whole', duration: 1 });
});

it('one that is torn and whose beginning has rotted since it was told of is left alone', async () => {
  const { bytes, ends } = await written(false);
  bytes[ends[0]! - 20]! ^= 1;
  const { file, left } = await check(bytes, { repair: true });
  expect(file).toMatchObject({ state: 'torn', message: 'it could not be mended' });
  expect(left?.equals(bytes)).toBe(true);
});

it('one that is torn loses no more than a power cut can have taken, though more of it has rotted', async () => {
  const { bytes, ends } = await written(false);
  for (const end of ends.slice(1)) bytes[end - 20]! ^= 1;
  expect((await check(bytes, { repair: true })).file).toMatchObject({ state: 'repaired', duration: 1 });
});

it('one without a part is empty and goes, one that is none of ours stays', async () => {
  const { bytes, ends } = await written(false);
  for (const size of [0, 5, 100, ends[0]!]) {
    expect((await check(bytes.subarray(0, size))).file).toMatchObject({ state: 'empty' });
    const { file, left } = await check(bytes.subarray(0, size), { repair: true });
    expect(file).toMatchObject({ state: 'removed' });
    expect(left).toBeUndefined();
  }
  const foreign = Buffer.from('a film of somebody else, called as ours are');
  const { file, left } = await check(foreign, { repair: true });
  expect([file?.state, left?.equals(foreign)]).toEqual(['foreign', true]);
});
