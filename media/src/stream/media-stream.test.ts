import { describe, expect, it } from 'vitest';
import type { Format } from '../codecs/index.ts';
import { FRAME_HEADROOM, type Frame, FrameWriter, MediaStream, SlabPool, type Track } from './index.ts';

const format = {
  clockRate: 1000,
  codecString: 'test',
  record: Buffer.alloc(0),
  codec: { name: 'test' },
} as Format;
const video: Track = { id: 1, kind: 'video', format };
const audio: Track = { id: 2, kind: 'audio', format };

function rig(tracks: readonly Track[] = [video, audio]) {
  const pool = new SlabPool();
  const stream = new MediaStream({ stamp: () => undefined, maxGopBytes: 5_000 });
  stream.setTracks(tracks);
  const writers = tracks.map((track) => {
    return new FrameWriter({ track, pool, clock: { utc: () => 0 }, push: (frame) => stream.push(frame) });
  });
  const put = (at: number, dts: number, key: boolean, bytes = 100): void => {
    const writer = writers[at]!;
    writer.begin();
    writer.append(Buffer.alloc(bytes, dts), 0, bytes);
    writer.finish(dts, dts, key);
  };
  return { pool, stream, put };
}

const seen = (): {
  frames: string[];
  tracks: number[];
  ended: number;
  onTracks(t: readonly Track[]): void;
  onFrame(f: Frame): void;
  onEnd(): void;
} => {
  const log = {
    frames: [] as string[],
    tracks: [] as number[],
    ended: 0,
    onTracks: (tracks: readonly Track[]) => void log.tracks.push(tracks.length),
    onFrame: (frame: Frame) =>
      void log.frames.push(`${frame.track.kind[0]}${frame.dts}${frame.key ? 'k' : ''}`),
    onEnd: () => void log.ended++,
  };
  return log;
};

describe('MediaStream', () => {
  it('starts a cached reader at the last key frame and others at the next frame', () => {
    const { stream, put } = rig();
    put(0, 0, true);
    put(0, 40, false);
    put(0, 80, true);
    put(1, 81, true);
    put(0, 120, false);
    const cached = seen();
    const plain = seen();
    stream.attach(cached, true);
    stream.attach(plain, false);
    put(0, 160, false);
    expect(cached.frames).toEqual(['v80k', 'a81k', 'v120', 'v160']);
    expect(plain.frames).toEqual(['v160']);
    expect(cached.tracks).toEqual([2]);
  });

  it('keeps no cache before the first key frame nor above its cap', () => {
    const { stream, put } = rig();
    put(0, 0, false);
    expect(stream.gop).toHaveLength(0);
    put(0, 40, true);
    for (let i = 0; i < 40; i++) put(0, 80 + i * 40, false);
    expect(stream.gop).toHaveLength(0);
    put(0, 4000, true);
    expect(stream.gop).toHaveLength(1);
  });

  it('lets a reader leave while frames are handed out', () => {
    const { stream, put } = rig();
    const first = seen();
    const detach = stream.attach({ ...first, onFrame: () => detach() }, false);
    const second = seen();
    stream.attach(second, false);
    put(0, 0, true);
    put(0, 40, false);
    expect(second.frames).toEqual(['v0k', 'v40']);
    expect(stream.readerCount).toBe(1);
  });

  it('ends every reader once and can be published to again', () => {
    const { stream, put } = rig();
    const reader = seen();
    stream.attach(reader, false);
    stream.end();
    stream.end();
    put(0, 0, true);
    expect(reader.ended).toBe(1);
    expect(reader.frames).toEqual([]);
  });

  it('tells who comes after its end that it has ended, once they are there, unless they have left', async () => {
    const { stream, put } = rig();
    stream.end();
    const [late, left, next] = [seen(), seen(), seen()];
    stream.attach(late, true);
    stream.attach(left, true)();
    expect(late.ended).toBe(0);
    await Promise.resolve();
    expect([late.ended, left.ended, stream.readerCount]).toEqual([1, 0, 0]);
    stream.setTracks(stream.tracks);
    stream.attach(next, true);
    put(0, 0, true);
    await Promise.resolve();
    expect([next.ended, next.frames]).toEqual([0, ['v0k']]);
  });

  it('returns all memory to the pool', () => {
    const { stream, put, pool } = rig([video]);
    for (let i = 0; i < 200; i++) put(0, i * 40, i % 50 === 0, 2_000);
    stream.end();
    expect(pool.idleBytes).toBeGreaterThan(0);
    expect(stream.gop).toHaveLength(0);
  });
});

describe('SlabPool', () => {
  const SIZE = 128 * 1024;

  it('gives memory that was wanted once back to the system, and none that is in use', () => {
    const pool = new SlabPool();
    const once = Array.from({ length: 64 }, () => pool.open(SIZE));
    const kept = pool.open(SIZE);
    kept.buffer.fill(7);
    for (const slab of once) slab.release();
    // One at a time is all that is wanted from now on.
    for (let i = 0; i < 10_000; i++) pool.open(SIZE).release();
    const gone = once.filter(({ buffer }) => buffer.buffer.byteLength === 0);
    expect(gone.length).toBeGreaterThanOrEqual(62);
    expect(pool.idleBytes).toBe((64 - gone.length) * SIZE);
    expect(kept.buffer.every((byte) => byte === 7)).toBe(true);
  });

  it('hands out only memory that is there', () => {
    const pool = new SlabPool();
    const wave = (count: number): void => {
      const slabs = Array.from({ length: count }, () => pool.open(SIZE));
      expect(slabs.every(({ buffer }) => buffer.length === SIZE)).toBe(true);
      for (const slab of slabs) slab.release();
    };
    for (let round = 0; round < 200; round++) wave(1 + ((round * 37) % 61));
  });
});

describe('FrameWriter', () => {
  it('lays frames contiguously and carries a partial frame into the next slab', () => {
    const frames: Frame[] = [];
    const writer = new FrameWriter({
      track: video,
      pool: new SlabPool(),
      clock: { utc: () => 5 },
      push: (frame) => {
        frame.slab.retain();
        frames.push(frame);
      },
    });
    for (let i = 0; i < 20; i++) {
      writer.begin();
      writer.beginNal();
      for (let part = 0; part < 10; part++) writer.append(Buffer.alloc(1_500, i), 0, 1_500);
      writer.endNal();
      writer.finish(i * 40, i * 40, i === 0);
    }
    for (const [i, frame] of frames.entries()) {
      expect(frame.end - frame.payload).toBe(15_004);
      expect(frame.payload - frame.start).toBe(FRAME_HEADROOM);
      expect(frame.slab.buffer.readUInt32BE(frame.payload)).toBe(15_000);
      const sample = frame.slab.buffer.subarray(frame.payload + 4, frame.end);
      expect(sample.every((byte) => byte === i)).toBe(true);
      const previous = frames[i - 1];
      if (previous && previous.slab === frame.slab) expect(frame.start).toBe(previous.end);
    }
    expect(new Set(frames.map((frame) => frame.slab)).size).toBeGreaterThan(1);
    expect(frames.at(-1)!.duration).toBe(40);
  });

  it('refuses a frame without end', () => {
    const writer = new FrameWriter({
      track: video,
      pool: new SlabPool(),
      clock: { utc: () => 0 },
      push: () => undefined,
    });
    writer.begin();
    const megabyte = Buffer.alloc(1 << 20);
    expect(() => {
      for (let i = 0; i < 100; i++) writer.append(megabyte, 0, megabyte.length);
    }).toThrow(/its end never came/);
  });
});
