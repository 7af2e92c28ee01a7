import type { Fact } from '@nightjar/contract/link';
import { initSegment, scanMp4 } from '@nightjar/media/mp4';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { audioTrack, type PlayOptions, QuietLog, videoTrack } from '../testing/index.ts';
import { Footage } from './footage.ts';
import { listFootage, recoverFootage, tellInventory } from './recovery.ts';
import { bytesPort, MemoryStorage, systemError } from './testing/memory-storage.ts';
import { FOLDER, Recording } from './testing/recording.ts';

const ALL = { streamId: 'cam', since: 0, writing: (): ReadonlySet<string> => new Set() };
const NAME = '2026-01-02_03-04-00.mp4';

/** A recording in parts of a second, and the size of the file with each part. */
async function record(
  seconds: number,
  options: PlayOptions,
): Promise<{
  bytes: Buffer;
  sizes: number[];
  closed: Extract<Fact, { kind: 'segment.closed' }>;
}> {
  const recording = new Recording({ tracks: [videoTrack(), audioTrack()] });
  recording.recorder.start();
  await recording.play(seconds, options);
  await recording.end();
  const sizes = recording.of('segment.grown').map(({ bytes }) => bytes);
  return { bytes: recording.bytes(NAME), sizes, closed: recording.of('segment.closed')[0]! };
}

class Disk {
  readonly storage = new MemoryStorage();
  readonly log = new QuietLog();
  facts: Fact[] = [];
  readonly options = {
    storage: this.storage,
    basePath: '/footage',
    fact: (fact: Fact) => void this.facts.push(fact),
    log: this.log,
  };

  put(path: string, bytes: Buffer): this {
    this.storage.files.set(path, { bytes: Buffer.from(bytes), durable: bytes.length });
    return this;
  }

  bytes(path = `${FOLDER}/${NAME}`): Buffer | undefined {
    return this.storage.files.get(path)?.bytes;
  }

  async recover(): Promise<Fact[]> {
    this.facts = [];
    await recoverFootage(await listFootage(this.options), this.options);
    expect(this.storage.openFiles).toBe(0);
    return this.facts;
  }
}

let whole: Awaited<ReturnType<typeof record>>;
let small: typeof whole;
beforeAll(async () => {
  whole = await record(3.5, { bytes: 60, gop: 10 });
  small = await record(1.6, { bytes: 20, fps: 5, gop: 3 });
});

describe('a file cut anywhere', () => {
  it('is whole again, loses at most the part that was being written, and is left alone the second time', async () => {
    const { bytes, sizes } = small;
    const init = (await scanMp4(bytesPort(bytes))).initEnd;
    for (let cut = 0; cut < bytes.length; cut++) {
      const disk = new Disk().put(`${FOLDER}/${NAME}`, bytes.subarray(0, cut));
      const facts = await disk.recover();
      const mended = disk.bytes();
      const parts = sizes.filter((size) => size <= cut);
      if (parts.length === 0 && (!mended || cut <= init)) {
        expect(mended, `cut at ${cut}`).toBeUndefined();
        expect(facts).toEqual([]);
        continue;
      }
      const scan = await scanMp4(bytesPort(mended!));
      const kept = scan.wholeEnd;
      expect(scan.closed, `cut at ${cut}`).toBe(true);
      expect(kept).toBeGreaterThanOrEqual(parts.at(-1) ?? init);
      expect(kept).toBeLessThanOrEqual(cut);
      expect(mended!.subarray(0, kept).equals(bytes.subarray(0, kept))).toBe(true);
      const seconds = scan.spans.find(({ trackId }) => trackId === 1)!.last / 90_000;
      expect(facts).toMatchObject([
        { kind: 'segment.closed', filename: NAME, bytes: mended!.length, recovered: true, reason: 'killed' },
      ]);
      expect((facts[0] as { duration: number }).duration).toBeCloseTo(seconds, 6);
      expect(await disk.recover()).toEqual([]);
      expect(disk.bytes()!.equals(mended!)).toBe(true);
    }
  }, 60_000);

  it('behind its last part is what an orderly end would have made of it', async () => {
    const { bytes, sizes, closed } = whole;
    const disk = new Disk().put(`${FOLDER}/${NAME}`, bytes.subarray(0, sizes.at(-1)! + 5));
    expect(await disk.recover()).toEqual([{ ...closed, recovered: true, reason: 'killed' }]);
    expect(disk.bytes()!.equals(bytes)).toBe(true);
  });

  it('with garbage behind the cut comes out the same', async () => {
    const { bytes, sizes } = whole;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: sizes[0]!, max: bytes.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
        async (cut, garbage) => {
          const disk = new Disk().put(`${FOLDER}/${NAME}`, Buffer.concat([bytes.subarray(0, cut), garbage]));
          await disk.recover();
          const scan = await scanMp4(bytesPort(disk.bytes()!));
          const parts = sizes.filter((size) => size <= cut);
          expect(scan.closed).toBe(true);
          expect(scan.wholeEnd).toBeGreaterThanOrEqual(parts.at(-1)!);
          expect(await disk.recover()).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('and cut again while it is mended is mended at the next start', async () => {
    const { bytes, sizes } = whole;
    const torn = bytes.subarray(0, sizes[2]! + 100);
    for (let room = 0; room < 120; room += 7) {
      const disk = new Disk().put(`${FOLDER}/${NAME}`, torn);
      disk.storage.free = room;
      expect(await disk.recover()).toEqual([]);
      expect(disk.log.lines).toMatchObject([{ level: 'error', about: { stream_id: 'cam', filename: NAME } }]);
      disk.storage.free = Number.POSITIVE_INFINITY;
      expect((await disk.recover()).length).toBe(1);
      expect((await scanMp4(bytesPort(disk.bytes()!))).closed).toBe(true);
    }
  });
});

describe('left as they are', () => {
  const foreign = {
    'a text': Buffer.from('not a film at all, but somebody wants it'),
    'a film of another program': Buffer.concat([initSegment([videoTrack()]), Buffer.alloc(500, 1)]),
    'a described film of another program': Buffer.concat([
      initSegment([videoTrack()], { description: Buffer.from('{"format":"other"}') }),
      Buffer.alloc(500, 1),
    ]),
    'the beginning of another film': initSegment([videoTrack()]).subarray(0, 60),
    zeros: Buffer.alloc(4096),
  };

  it.each(Object.entries(foreign))('%s under a name of ours', async (_what, bytes) => {
    const path = `${FOLDER}/${NAME}`;
    const disk = new Disk().put(path, bytes);
    expect(await disk.recover()).toEqual([]);
    expect(disk.bytes()!.equals(bytes)).toBe(true);
    expect(disk.log.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('segments that are broken where no torn write explains it', async () => {
    const { bytes, sizes } = whole;
    const rotten = Buffer.concat([bytes.subarray(0, sizes.at(-1)), Buffer.alloc(65 * 1024 * 1024)]);
    for (const at of [(await scanMp4(bytesPort(bytes))).initEnd + 40, sizes[0]! + 40, 200]) {
      const file = Buffer.from(rotten);
      file.fill(0xff, at, at + 8);
      const disk = new Disk().put(`${FOLDER}/${NAME}`, file);
      expect(await disk.recover()).toEqual([]);
      expect(disk.bytes()?.equals(file), `broken at ${at}`).toBe(true);
    }
  });

  it('fragmented films of other programs, torn or not', async () => {
    const { bytes, sizes } = whole;
    const stripped = Buffer.from(bytes.subarray(0, sizes[1]! + 50));
    stripped.write('free', stripped.indexOf('uuid'), 'latin1');
    const disk = new Disk().put(`${FOLDER}/${NAME}`, stripped);
    expect(await disk.recover()).toEqual([]);
    expect(disk.bytes()!.equals(stripped)).toBe(true);
  });

  it.each(['notes.mp4', '2026-01-02_03-04-00.mkv', '2026-13-02_03-04-00.mp4', `${NAME}.part`, '.hidden'])(
    'torn files called %s',
    async (name) => {
      const torn = whole.bytes.subarray(0, 2_000);
      const disk = new Disk().put(`${FOLDER}/${name}`, torn);
      expect(await disk.recover()).toEqual([]);
      expect(disk.bytes(`${FOLDER}/${name}`)!.equals(torn)).toBe(true);
    },
  );

  it('files that cannot be read, and the others are mended all the same', async () => {
    const torn = whole.bytes.subarray(0, whole.sizes[1]! + 9);
    const disk = new Disk();
    for (const second of ['01', '02', '03']) disk.put(`${FOLDER}/2026-01-02_03-04-${second}.mp4`, torn);
    disk.storage.fault = ({ kind, path }) => {
      if (kind === 'read' && path.includes('-02.mp4')) throw systemError('EIO');
    };
    const facts = await disk.recover();
    expect(facts.map((fact) => 'filename' in fact && fact.filename)).toEqual([
      '2026-01-02_03-04-03.mp4',
      '2026-01-02_03-04-01.mp4',
    ]);
    expect(disk.bytes(`${FOLDER}/2026-01-02_03-04-02.mp4`)!.equals(torn)).toBe(true);
    expect(disk.log.lines).toMatchObject([{ level: 'error' }]);
  });
});

describe('recovery', () => {
  it('stops looking after eight closed files in a row', async () => {
    const disk = new Disk().put(
      `${FOLDER}/2026-01-02_03-03-00.mp4`,
      whole.bytes.subarray(0, whole.sizes[0]! + 1),
    );
    for (let minute = 10; minute < 17; minute++)
      disk.put(`${FOLDER}/2026-01-02_03-${minute}-00.mp4`, whole.bytes);
    expect((await disk.recover()).length).toBe(1);
    disk.put(`${FOLDER}/2026-01-02_03-03-00.mp4`, whole.bytes.subarray(0, whole.sizes[0]! + 1));
    for (let minute = 17; minute < 40; minute++)
      disk.put(`${FOLDER}/2026-01-02_03-${minute}-00.mp4`, whole.bytes);
    disk.storage.operations.length = 0;
    expect(await disk.recover()).toEqual([]);
    expect(disk.storage.operations.filter(({ kind }) => kind === 'open').length).toBe(8);
  });

  it('of one stream does not depend on that of another', async () => {
    const torn = whole.bytes.subarray(0, whole.sizes[1]! + 9);
    const disk = new Disk().put(`/footage/hot/a/${NAME}`, torn).put(`/footage/hot/b/${NAME}`, torn);
    disk.storage.fault = ({ kind, path }) => {
      if (kind === 'list' && path.endsWith('/a')) throw systemError('EIO');
    };
    expect((await disk.recover()).map(({ stream_id }) => stream_id)).toEqual(['b']);
    expect(disk.log.lines).toMatchObject([{ level: 'error', about: { stream_id: 'a' } }]);
  });
});

describe('an inventory', () => {
  it('tells the files since a moment, oldest first, whole seconds in, but those being written', async () => {
    const disk = new Disk();
    for (const minute of ['01', '03', '02'])
      disk.put(`${FOLDER}/2026-01-02_03-${minute}-00.mp4`, whole.bytes);
    disk.put(`${FOLDER}/2026-01-02_03-09-00.mp4`, whole.bytes.subarray(0, whole.sizes[1]));
    disk.put(`${FOLDER}/2026-01-02_03-10-00.mp4`, whole.bytes.subarray(0, whole.sizes[1]));
    disk.put(`${FOLDER}/2026-01-02_03-08-00.mp4`, Buffer.from('foreign'));
    // A head alone: a recorder that has begun, or a file that goes at the next start.
    disk.put(`${FOLDER}/2026-01-02_03-07-00.mp4`, whole.bytes.subarray(0, whole.bytes.indexOf('prft') - 4));
    const since = Date.UTC(2026, 0, 2, 3, 2, 0, 900);
    const writing = (): ReadonlySet<string> => new Set(['2026-01-02_03-10-00.mp4']);
    await tellInventory({ streamId: 'cam', since, writing }, disk.options);
    expect(disk.facts.slice(0, 2)).toEqual(
      ['02', '03'].map((minute) => ({
        ...whole.closed,
        filename: `2026-01-02_03-${minute}-00.mp4`,
        recovered: false,
        reason: 'rotated',
      })),
    );
    const failed = { kind: 'segment.closed', filename: '2026-01-02_03-09-00.mp4', reason: 'storage_failed' };
    expect(disk.facts.slice(2)).toMatchObject([{ ...failed, bytes: whole.sizes[1] }]);
    expect(disk.storage.openFiles).toBe(0);
  });

  it('passes over a file that was deleted meanwhile, and fails when one cannot be read', async () => {
    const disk = new Disk().put(`${FOLDER}/${NAME}`, whole.bytes);
    disk.storage.fault = ({ kind }) => {
      if (kind === 'open') throw systemError('ENOENT');
    };
    await tellInventory(ALL, disk.options);
    expect(disk.facts).toEqual([]);
    disk.storage.fault = ({ kind }) => {
      if (kind === 'read') throw systemError('EIO');
    };
    await expect(tellInventory(ALL, disk.options)).rejects.toThrow('EIO');
    expect(disk.storage.openFiles).toBe(0);
  });
});

describe('footage', () => {
  it('is repaired once per folder: a file being written later is not touched', async () => {
    const disk = new Disk();
    const footage = new Footage(disk.options);
    await footage.prepare('/footage');
    await footage.prepare('/elsewhere');
    const torn = whole.bytes.subarray(0, whole.sizes[1]);
    disk.put(`${FOLDER}/${NAME}`, torn);
    await footage.prepare('/footage');
    await footage.tell({ ...ALL, writing: () => new Set([NAME]) });
    expect(disk.facts).toEqual([]);
    expect(disk.bytes()!.equals(torn)).toBe(true);
  });

  it('is told of only when all of it was repaired', async () => {
    const disk = new Disk().put(`${FOLDER}/${NAME}`, whole.bytes.subarray(0, whole.sizes[1]! + 1));
    const reading = Promise.withResolvers<void>();
    disk.storage.fault = ({ kind }) => (kind === 'read' ? reading.promise : undefined);
    const footage = new Footage(disk.options);
    await footage.prepare('/footage');
    const told = footage.tell(ALL);
    reading.resolve();
    await told;
    expect(disk.facts).toMatchObject([{ recovered: true }, { recovered: false }]);
  });

  it('on a disk that cannot be listed holds nobody up', async () => {
    const disk = new Disk();
    disk.storage.fault = () => {
      throw systemError('EIO');
    };
    await new Footage(disk.options).prepare('/footage');
    expect(disk.log.lines).toMatchObject([{ level: 'error' }]);
  });

  it.each([
    ['cam', ['../other/2026-01-02_03-04-00.mp4']],
    ['cam', [NAME, '../../keys/link.key']],
    ['cam', ['/etc/passwd']],
    ['cam', ['']],
    ['cam', ['notes.mp4']],
    ['..', undefined],
    ['.', undefined],
    ['', undefined],
    ['../hot', undefined],
    ['a/b', [NAME]],
  ])('%j %j is not removed', async (streamId, filenames) => {
    const disk = new Disk().put(`${FOLDER}/${NAME}`, whole.bytes);
    const footage = new Footage(disk.options);
    await expect(footage.remove(streamId, filenames)).rejects.toThrow('no footage');
    await footage.prepare('/footage');
    await expect(footage.remove(streamId, filenames)).rejects.toThrow(/not the (name|id) of/);
    expect(disk.storage.operations.filter(({ kind }) => kind === 'remove')).toEqual([]);
  });

  it('is removed file by file, or with the folder; what is absent is no error', async () => {
    const disk = new Disk().put(`${FOLDER}/${NAME}`, whole.bytes).put('/footage/hot/other/x', whole.bytes);
    disk.put(`${FOLDER}/2026-01-02_03-05-00_1.mp4`, whole.bytes);
    const footage = new Footage(disk.options);
    await footage.prepare('/footage');
    await footage.remove('cam', [NAME, '2020-01-01_00-00-00.mp4']);
    expect(disk.storage.namesIn(FOLDER)).toEqual(['2026-01-02_03-05-00_1.mp4']);
    await footage.remove('cam', undefined);
    await footage.remove('cam', undefined);
    expect([...disk.storage.files.keys()]).toEqual(['/footage/hot/other/x']);
  });
});
