import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../testing/index.ts';
import { type Operation, systemError } from './testing/memory-storage.ts';
import { Recording } from './testing/recording.ts';

const MEGABYTE = 1024 * 1024;

describe('a slow disk', () => {
  it('holds back what is told until the bytes are safe', async () => {
    const recording = new Recording();
    const synced = Promise.withResolvers<void>();
    recording.storage.fault = ({ kind }) => (kind === 'sync' ? synced.promise : undefined);
    recording.recorder.start();
    await recording.play(3);
    expect(recording.story()).toEqual(['waiting']);
    synced.resolve();
    await recording.play(1);
    expect(recording.of('segment.grown').map(({ duration }) => duration)).toEqual([1, 2, 3]);
    await recording.end();
    expect(recording.broken).toEqual([]);
  });

  it('gives the memory of a part back as soon as the system has its bytes', async () => {
    const held = async (synced: Promise<void> | undefined): Promise<number> => {
      const recording = new Recording();
      recording.storage.fault = ({ kind }) => (kind === 'sync' ? synced : undefined);
      recording.recorder.start();
      await recording.play(2, { bytes: 20_000 });
      expect(recording.storage.operations.some(({ kind }) => kind === 'sync')).toBe(true);
      return recording.source.pool.heldBytes;
    };
    expect(await held(new Promise(() => undefined))).toBe(await held(undefined));
  });

  it('that hangs makes parts be given up, in bounded memory, and recording goes on when it is back', async () => {
    const recording = new Recording({ segmentDuration: 2 });
    const hang = Promise.withResolvers<void>();
    recording.recorder.start();
    await recording.play(3, { bytes: 20_000 });
    recording.storage.fault = ({ kind }) => (kind === 'append' ? hang.promise : undefined);
    let most = 0;
    const levels: (number | undefined)[] = [recording.recorder.bufferLevel];
    for (let second = 0; second < 120; second++) {
      await recording.play(1, { bytes: 20_000 });
      most = Math.max(most, recording.source.pool.heldBytes);
      levels.push(recording.recorder.bufferLevel);
    }
    // Of the eight seconds that may wait for the disk, until footage is given up.
    expect(levels.slice(0, 5)).toEqual([0, 12.5, 25, 37.5, 50]);
    expect(levels.at(-1)).toBeUndefined();
    expect(most).toBeLessThan(12 * 25 * 20_000 + 8 * MEGABYTE);
    expect(recording.facts.at(-1)).toMatchObject({ state: 'failed', fault: 'storage_failed' });
    hang.resolve();
    recording.storage.fault = () => undefined;
    await recording.play(7);
    expect(recording.of('recording.state').at(-1)!.state).toBe('recording');
    await recording.end();
    expect(recording.broken).toEqual([]);
    expect(recording.source.pool.held).toBe(0);
    expect(recording.storage.openFiles).toBe(0);
    for (const name of recording.names()) expect((await recording.scan(name)).closed, name).toBe(true);
  });

  it('is given up on by bytes as well as by seconds', async () => {
    const recording = new Recording();
    const hang = Promise.withResolvers<void>();
    recording.storage.fault = () => hang.promise;
    recording.recorder.start();
    await recording.play(7, { bytes: MEGABYTE });
    expect(recording.story().slice(-1)).toEqual(['failed storage_failed']);
    expect(recording.source.pool.heldBytes).toBeLessThan(260 * MEGABYTE);
    hang.resolve();
    await recording.end();
    expect(recording.source.pool.held).toBe(0);
  });
});

describe('a full disk', () => {
  it('is told of, leaves no file without footage and no file open, and is tried every 5 s', async () => {
    const recording = new Recording();
    recording.storage.free = 100;
    recording.recorder.start();
    await recording.play(32);
    const { operations } = recording.storage;
    expect(operations.filter(({ kind }) => kind === 'create').length).toBe(5);
    expect(recording.storage.openFiles).toBe(0);
    expect(recording.names()).toEqual([]);
    expect(new Set(recording.story())).toEqual(new Set(['waiting', 'failed storage_full']));
    recording.storage.free = Number.POSITIVE_INFINITY;
    await recording.play(8);
    expect(recording.story().at(-1)).toBe('recording');
    await recording.end();
    expect(recording.source.pool.held).toBe(0);
  });

  it('in the middle of a file keeps what was told, and another file follows when there is room', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(3.5, { bytes: 10_000 });
    const told = recording.of('segment.grown').at(-1)!;
    recording.storage.free = 30_000;
    await recording.play(2, { bytes: 10_000 });
    const closed = recording.of('segment.closed')[0]!;
    expect(closed).toMatchObject({ reason: 'storage_failed', bytes: told.bytes, duration: told.duration });
    const scan = await recording.scan(closed.filename);
    expect(scan.closed).toBe(false);
    expect(scan.wholeEnd, 'no half part behind it').toBe(recording.bytes(closed.filename).length);
    expect(scan.wholeEnd).toBe(told.bytes);
    expect(scan.spans[0]!.last / 90_000).toBeGreaterThanOrEqual(told.duration);
    recording.storage.free = Number.POSITIVE_INFINITY;
    await recording.play(7);
    await recording.end();
    expect(recording.names().length).toBe(2);
    expect(recording.broken).toEqual([]);
    expect(recording.source.pool.held).toBe(0);
  });
});

describe('a broken disk', () => {
  it('is not asked to sync the same file twice after a failure', async () => {
    const recording = new Recording();
    recording.recorder.start();
    await recording.play(1.5);
    const broken = recording.names()[0]!;
    recording.storage.fault = ({ kind, path }) => {
      if (kind === 'sync' && path.endsWith(broken)) throw systemError('EIO');
    };
    const before = recording.storage.operations.length;
    await recording.play(12);
    await recording.end();
    const syncs = recording.storage.operations.slice(before).filter(({ kind, path }) => {
      return kind === 'sync' && path.endsWith(broken);
    });
    expect(syncs.length).toBe(1);
    expect(recording.of('recording.state').find(({ fault }) => fault)!.message).toContain('EIO');
  });

  it('that cannot remove an empty file says so and goes on', async () => {
    const recording = new Recording();
    recording.storage.free = 0;
    recording.storage.fault = ({ kind }) => {
      if (kind === 'remove') throw systemError('EIO');
    };
    recording.recorder.start();
    await recording.play(1.5);
    await recording.end();
    expect(recording.log.lines).toMatchObject([{ level: 'warn', about: { stream_id: 'cam' } }]);
  });

  it('breaks no promise whatever fails when, and recording resumes within 10 s', async () => {
    const operations = fc.constantFrom<Operation['kind']>('create', 'append', 'sync', 'close');
    await fc.assert(
      fc.asyncProperty(
        operations,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('EIO', 'ENOSPC', 'EROFS', 'EMFILE'),
        async (kind, nth, times, code) => {
          const recording = new Recording({ tracks: [videoTrack(), audioTrack()], segmentDuration: 3 });
          let seen = 0;
          recording.storage.fault = (operation) => {
            if (operation.kind !== kind) return;
            seen++;
            if (seen >= nth && seen < nth + times) throw systemError(code);
          };
          recording.recorder.start();
          await recording.play(20, { gop: 10 });
          recording.storage.fault = () => undefined;
          await recording.play(10, { gop: 10 });
          expect(recording.of('recording.state').at(-1)!.state).toBe('recording');
          await recording.end();
          expect(recording.broken).toEqual([]);
          expect(recording.source.pool.held).toBe(0);
          expect(recording.storage.openFiles).toBe(0);
          const opened = recording.of('segment.opened').map(({ filename }) => filename);
          const closed = recording.of('segment.closed').map(({ filename }) => filename);
          expect(closed.sort()).toEqual(opened.sort());
          expect(recording.names()).toEqual(expect.arrayContaining(opened));
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
