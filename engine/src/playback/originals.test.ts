import { PrivacyOptions } from '@nightjar/contract';
import { type DesiredState, makeOriginalsPair, openingKey } from '@nightjar/contract/link';
import { afterEach, expect, it } from 'vitest';
import type { MemoryStorage } from '../recorder/testing/memory-storage.ts';
import { desiredState, desiredStream, type Publisher, StreamsRig } from '../testing/index.ts';
import type { LibraryOptions } from './library.ts';
import { Library } from './library.ts';
import { type AskKey, originalFootage } from './originals.ts';
import type { FootageStore } from './store.ts';

const pair = makeOriginalsPair();
const FOLDER = '/footage/hot/cam';
let rig: StreamsRig;
let camera: Publisher;

/** Twelve seconds of originals in files of four, as they lie in memory. */
async function recorded(): Promise<MemoryStorage> {
  rig = new StreamsRig();
  const originals = { key: { id: 'k1', public_half: pair.publicHalf }, alone: false };
  const privacy = PrivacyOptions.parse({});
  const stream = desiredStream('cam', {
    privacy,
    originals,
    recording: { enabled: true, segment_duration: 4 },
  });
  camera = await rig.live([stream]);
  for (let i = 0; i < 24; i++) {
    camera.play(0.5);
    await rig.registry.settled();
    await rig.advance(0);
  }
  const last: DesiredState = desiredState([], { revision: 2 });
  rig.registry.apply(last);
  await rig.registry.settled();
  return rig.storage;
}

afterEach(async () => {
  await rig.registry.close();
  camera.close();
});

let open = 0;
const storeOf = (storage: MemoryStorage): FootageStore => ({
  list: (folder) => storage.list(folder),
  async open(path) {
    const file = storage.files.get(path);
    if (!file) return undefined;
    open++;
    const { bytes } = file;
    return {
      ...{ size: bytes.length, modified: 1, path },
      read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
      close: async () => void open--,
    };
  },
});

const answers: AskKey = async ({ ephemeral, stream_id: streamId }) =>
  openingKey(pair.privateHalf, { ephemeral, streamId });
const range = { start: Date.UTC(2026, 0, 2, 3, 4, 1), end: Date.UTC(2026, 0, 2, 3, 4, 9) };
const options = (storage: MemoryStorage): LibraryOptions => ({
  store: storeOf(storage),
  folder: () => FOLDER,
});

it('are found and opened by who has their keys, and are not there for anybody else', async () => {
  const storage = await recorded();
  const found = await originalFootage(options(storage), answers, 'grant').find('cam', range);
  expect(found.length).toBeGreaterThan(1);
  expect(found.every(({ name, covered, closed }) => name.endsWith('.sealed') && !covered && closed)).toBe(
    true,
  );
  const shut = originalFootage(options(storage), async () => 'shut', 'grant');
  await expect(shut.find('cam', range)).rejects.toMatchObject({ status: 404 });
  const nobody = originalFootage(options(storage), async () => undefined, 'grant');
  await expect(nobody.find('cam', range)).rejects.toMatchObject({ status: 503 });
  const plain = new Library(options(storage));
  await expect(plain.find('cam', range)).rejects.toMatchObject({ status: 404 });
  for (const { name } of found) await expect(plain.open('cam', name)).rejects.toMatchObject({ status: 404 });
  expect(open).toBe(0);
});

it('one that was mended after a kill plays all that was told of it', async () => {
  const storage = await recorded();
  const [first] = storage.namesIn(FOLDER);
  const path = `${FOLDER}/${first}`;
  const before = await originalFootage(options(storage), answers, 'g').find('cam', range);
  const { tailOf, lookAtSealed } = await import('../recorder/sealed/index.ts');
  const { bytes } = storage.files.get(path)!;
  const port = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const look = await lookAtSealed(port);
  if (!look || look === 'torn') throw new Error('not sealed');
  // As recovery leaves it: without the index, closed behind its last part.
  const records = look.records.slice(0, -1);
  const mended = Buffer.concat([bytes.subarray(0, look.records.at(-1)!.offset), tailOf(records)]);
  storage.files.set(path, { bytes: mended, durable: mended.length });
  const after = await originalFootage(options(storage), answers, 'g').find('cam', range);
  expect(after.map(({ name, end }) => [name, end])).toEqual(before.map(({ name, end }) => [name, end]));
});

it('one whose beginning is damaged is not there, and the others play', async () => {
  const storage = await recorded();
  const find = () => originalFootage(options(storage), answers, 'g').find('cam', range);
  const before = (await find()).map(({ name }) => name);
  const damage = (name: string): void => {
    storage.files.get(`${FOLDER}/${name}`)!.bytes[700]! ^= 1;
  };
  damage(before[0]!);
  expect((await find()).map(({ name }) => name)).toEqual(before.slice(1));
  for (const name of before.slice(1)) damage(name);
  await expect(find()).rejects.toMatchObject({ status: 422 });
  expect(open).toBe(0);
});

it('bytes that are not those that were sealed are refused in words', async () => {
  const storage = await recorded();
  const [first] = storage.namesIn(FOLDER);
  const library = originalFootage(options(storage), answers, 'g');
  const handle = await library.open('cam', first!);
  storage.files.get(`${FOLDER}/${first}`)!.bytes[2_000]! ^= 1;
  await expect(handle.read(0, handle.size)).rejects.toMatchObject({ status: 422 });
  await handle.close();
});
