import { createHash } from 'node:crypto';
import type { CheckedFile } from '@nightjar/contract/footage';
import type { Fact } from '@nightjar/contract/link';
import { FakeClock } from '@nightjar/media/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { audioTrack, QuietLog, videoTrack } from '../testing/index.ts';
import { checkFootage } from './check.ts';
import { Digests } from './digests.ts';
import { MemoryStorage, systemError } from './testing/memory-storage.ts';
import { FOLDER, Recording } from './testing/recording.ts';

const NAME = '2026-01-02_03-04-00.mp4';
const NOW = Date.parse('2026-01-03T00:00:00.000Z');

let whole: Buffer;
let parts: number[];
let duration: number;
beforeAll(async () => {
  const recording = new Recording({ tracks: [videoTrack(), audioTrack()] });
  recording.recorder.start();
  await recording.play(3.5, { bytes: 60, gop: 10 });
  await recording.end();
  whole = recording.bytes(NAME);
  parts = recording.of('segment.grown').map(({ bytes }) => bytes);
  duration = recording.of('segment.closed')[0]!.duration;
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function check(
  bytes: Buffer | undefined,
  options: { deep?: boolean; repair?: boolean; age?: number; storage?: MemoryStorage } = {},
): Promise<{ file: CheckedFile; left: Buffer | undefined }> {
  const storage = options.storage ?? new MemoryStorage();
  const path = `${FOLDER}/${NAME}`;
  if (bytes) storage.files.set(path, { bytes: Buffer.from(bytes), durable: bytes.length });
  const found: CheckedFile[] = [];
  const files = await checkFootage({
    storage,
    basePath: '/footage',
    log: new QuietLog(),
    deep: options.deep ?? false,
    repair: options.repair ?? false,
    now: NOW,
    lastWrite: async () => NOW - (options.age ?? 60_000),
    found: (file) => found.push(file),
  });
  expect(files).toBe(1);
  expect(storage.openFiles).toBe(0);
  return { file: found[0]!, left: storage.files.get(path)?.bytes };
}

describe('the check of a file', () => {
  it('that was closed: whole, with its times; hashed when it looks deeper', async () => {
    const { file } = await check(whole);
    expect(file).toMatchObject({ stream_id: 'cam', filename: NAME, state: 'whole', bytes: whole.length });
    expect(file.duration).toBeCloseTo(duration, 6);
    expect(file.sha256).toBeUndefined();
    expect((await check(whole, { deep: true })).file).toMatchObject({
      state: 'whole',
      sha256: sha256(whole),
    });
  });

  it('that ends in the middle of a part: torn, or open while it is written to; repaired only when asked', async () => {
    const torn = whole.subarray(0, parts[1]! + 7);
    const { file, left } = await check(torn);
    expect(file).toMatchObject({ state: 'torn', whole_bytes: parts[1], bytes: torn.length });
    expect(left!.equals(torn)).toBe(true);
    expect((await check(torn, { age: 10_000 })).file.state).toBe('open');
    expect((await check(torn, { age: 10_000, repair: true })).left!.equals(torn)).toBe(true);
    const mended = await check(torn, { repair: true });
    expect(mended.file).toMatchObject({ state: 'repaired', bytes: mended.left!.length });
    expect((await check(mended.left, { deep: true })).file.state).toBe('whole');
  });

  it.each([
    ['nothing at all', 0],
    ['half a head', 40],
  ])('that never got a part (%s): empty; removed only when asked', async (_what, size) => {
    const { file, left } = await check(whole.subarray(0, size));
    expect(file.state).toBe('empty');
    expect(left).toHaveLength(size);
    const tidy = await check(whole.subarray(0, size), { repair: true });
    expect(tidy.file.state).toBe('removed');
    expect(tidy.left).toBeUndefined();
  });

  it('of somebody else: foreign, and left alone', async () => {
    const film = Buffer.from('no film of ours, and long enough to have a box or two in it');
    const { file, left } = await check(film, { repair: true });
    expect(file.state).toBe('foreign');
    expect(left!.equals(film)).toBe(true);
  });

  it('whose boxes were changed behind its index: damaged, seen by the deep look alone', async () => {
    const spoilt = Buffer.from(whole);
    spoilt.write('free', spoilt.indexOf('moof', parts[1]!));
    expect((await check(spoilt)).file.state).toBe('whole');
    expect((await check(spoilt, { deep: true })).file).toMatchObject({ state: 'damaged' });
  });

  it('that the disk refuses: told, and the others are looked at', async () => {
    const storage = new MemoryStorage();
    storage.fault = ({ kind }) => {
      if (kind === 'open') throw systemError('EIO');
    };
    expect((await check(whole, { storage })).file).toMatchObject({ state: 'unreadable', message: 'EIO' });
  });
});

describe('digests', () => {
  const closed = (filename: string): Fact => ({
    ...{ kind: 'segment.closed', stream_id: 'cam', filename, duration: 1, bytes: 1 },
    ...{ start: '2026-01-02T03:04:00.000Z', end: '2026-01-02T03:04:01.000Z' },
    ...{ recovered: false, reason: 'rotated' },
  });

  function rig() {
    const storage = new MemoryStorage();
    const clock = new FakeClock();
    const facts: Fact[] = [];
    const told = Promise.withResolvers<void>();
    const digests = new Digests({
      storage,
      clock,
      basePath: () => '/footage',
      fact: (fact) => {
        facts.push(fact);
        told.resolve();
      },
      log: new QuietLog(),
    });
    return { storage, clock, facts, digests, told: told.promise };
  }

  /** Lets the disk work and time pass, until `done`. */
  async function pass(clock: FakeClock, done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise(setImmediate);
      clock.advance(20);
    }
  }

  it('of a closed segment are those of its bytes; one that is gone has none', async () => {
    const { storage, clock, facts, digests } = rig();
    const long = Buffer.alloc(2_500_000, 7);
    storage.files.set(`${FOLDER}/${NAME}`, { bytes: long, durable: long.length });
    digests.observe(closed('2026-01-01_00-00-00.mp4'));
    digests.observe(closed(NAME));
    await pass(clock, () => facts.length > 0);
    expect(facts).toEqual([
      {
        ...{ kind: 'segment.hashed', stream_id: 'cam', filename: NAME },
        ...{ bytes: long.length, sha256: sha256(long) },
      },
    ]);
    expect(storage.openFiles).toBe(0);
  });

  it('end at once when they are closed', async () => {
    const { storage, facts, digests } = rig();
    const long = Buffer.alloc(5_000_000, 7);
    storage.files.set(`${FOLDER}/${NAME}`, { bytes: long, durable: long.length });
    digests.observe(closed(NAME));
    await new Promise(setImmediate);
    await digests.close();
    digests.observe(closed(NAME));
    expect(facts).toEqual([]);
    expect(storage.openFiles).toBe(0);
  });
});
