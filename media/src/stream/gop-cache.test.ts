import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Format } from '../codecs/index.ts';
import {
  type Frame,
  FrameWriter,
  MediaStream,
  type Slab,
  SlabPool,
  type Stowage,
  StowageLostError,
  type StowedFrame,
  type Track,
} from './index.ts';

const format = { clockRate: 1000, codecString: 'test', record: Buffer.alloc(0) } as Format;
const video: Track = { id: 1, kind: 'video', format };
const audio: Track = { id: 2, kind: 'audio', format };

/** A head of 16 bytes in place of a fragment's: track, size, decode time and duration. */
function writeHead({ slab, track, start, payload, end, dts, duration }: Frame): void {
  const fields = [track.id, end - payload, dts, duration];
  for (const [index, field] of fields.entries()) slab.buffer.writeUInt32BE(field, start + index * 4);
}

function stamp(frame: Frame, previous: Frame | undefined): void {
  writeHead(frame);
  if (!previous) return;
  previous.duration = frame.dts - previous.dts;
  if (previous.slab.buffer.readUInt32BE(previous.start + 8) === previous.dts) writeHead(previous);
}

function restore(frame: Frame): boolean {
  const { slab, track, start, payload, end } = frame;
  const same = [track.id, end - payload].every((field, index) => {
    return slab.buffer.readUInt32BE(start + index * 4) === field;
  });
  if (same) writeHead(frame);
  return same;
}

/** Knows what is not given back. */
class CountedPool extends SlabPool {
  readonly held = new Set<Slab>();

  override open(bytes: number): Slab {
    const slab = super.open(bytes);
    this.held.add(slab);
    return slab;
  }

  override take(slab: Slab): void {
    this.held.delete(slab);
    super.take(slab);
  }
}

/** A file in memory, with times moved as a recorder does, that can be made slow and be cut. */
class File implements Stowage {
  bytes = Buffer.alloc(0);
  reads = 0;
  before: () => Promise<void> = () => Promise.resolve();

  write(frames: readonly Frame[]): StowedFrame[] {
    return frames.map((frame) => {
      const offset = this.bytes.length;
      const copy = Buffer.from(fragmentOf(frame));
      copy.writeUInt32BE(copy.readUInt32BE(8) - 7, 8);
      this.bytes = Buffer.concat([this.bytes, copy]);
      return { frame, offset };
    });
  }

  async read(offset: number, length: number): Promise<Buffer> {
    this.reads++;
    await this.before();
    return Buffer.from(this.bytes.subarray(offset, offset + length));
  }
}

const fragmentOf = ({ slab, start, end }: Frame): Buffer => slab.buffer.subarray(start, end);

class Rig {
  readonly pool = new CountedPool();
  readonly stream = new MediaStream({ stamp, maxGopBytes: 1_000_000 });
  /** The same frames, of which nothing is ever stowed. */
  readonly twin = new MediaStream({ stamp, maxGopBytes: 1_000_000 });
  readonly file = new File();
  /** Not written yet. */
  pending: Frame[] = [];
  readonly #writers: FrameWriter[];

  constructor(tracks: readonly Track[] = [video, audio]) {
    this.#writers = [this.stream, this.twin].flatMap((stream) =>
      tracks.map((track) => {
        const push = (frame: Frame): void => stream.push(frame);
        return new FrameWriter({ track, pool: this.pool, clock: { utc: () => 5 }, push });
      }),
    );
    for (const stream of [this.stream, this.twin]) stream.setTracks(tracks);
    const onFrame = (frame: Frame): void => {
      frame.slab.retain();
      this.pending.push(frame);
    };
    this.stream.attach({ onTracks: () => undefined, onFrame, onEnd: () => undefined }, false);
  }

  put(kind: 'video' | 'audio', dts: number, { key = false, pts = dts, bytes = 300 } = {}): void {
    for (const writer of this.#writers.filter(({ track }) => track.kind === kind)) {
      writer.begin();
      writer.append(Buffer.alloc(bytes, dts), 0, bytes);
      writer.finish(dts, pts, key || kind === 'audio');
    }
  }

  /** Writes what is pending, sound behind the pictures, and stows it. */
  save(): void {
    const order = [video, audio].flatMap((track) => this.pending.filter((frame) => frame.track === track));
    this.stream.stow(this.file.write(order), this.file);
    for (const { slab } of this.pending) slab.release();
    this.pending = [];
  }

  recall(): Promise<void> | undefined {
    return this.stream.recall(this.pool, restore);
  }

  async do(
    step: 'video' | 'audio' | 'key' | 'save' | 'recall' | 'begin to recall',
    at: number,
  ): Promise<void> {
    if (step === 'save') this.save();
    else if (step === 'recall') await this.recall();
    else if (step === 'begin to recall') void this.recall();
    else this.put(step === 'audio' ? 'audio' : 'video', at, { key: step === 'key', bytes: 1 + at });
  }

  /** What a reader that came now would be given. */
  shown(stream = this.stream): string[] {
    return stream.gop.map((frame) => {
      const { slab, start, payload, end, dts, pts, duration, key, arrival, track } = frame;
      const [head, body] = [
        [start, start + 16],
        [payload, end],
      ].map(([from, to]) => slab.buffer.toString('hex', from, to));
      return `${track.id} ${dts} ${pts} ${duration} ${key} ${arrival} ${head} ${body}`;
    });
  }

  /** Everything is given back. */
  close(): void {
    for (const { slab } of this.pending) slab.release();
    for (const writer of this.#writers) writer.close();
    for (const stream of [this.stream, this.twin]) stream.end();
    expect(this.pool.held.size).toBe(0);
  }
}

/** Two pictures, sound between them, a second of each; the first is a key frame. */
function playGroup(rig: Rig, from: number): void {
  rig.put('video', from, { key: true, bytes: 3_000 });
  for (let at = from + 40; at < from + 1_000; at += 40) {
    rig.put('video', at, { pts: at + 80 });
    if (at % 60 === 0) rig.put('audio', at + 1, { bytes: 50 });
  }
}

describe('GopCache', () => {
  it('gives back what was stowed as it was, and what came since', async () => {
    const rig = new Rig();
    playGroup(rig, 100);
    const before = rig.pool.held.size;
    rig.save();
    expect(rig.stream.gop).toEqual([]);
    expect(rig.pool.held.size).toBeLessThanOrEqual(before);
    rig.put('video', 1_140);
    await rig.recall();
    expect(rig.shown()).toEqual(rig.shown(rig.twin));
    expect(rig.shown().length).toBeGreaterThan(25);
    expect(rig.recall()).toBeUndefined();
    rig.close();
  });

  it('needs no memory for what is stowed', () => {
    const rig = new Rig([video]);
    rig.put('video', 10, { key: true });
    for (let at = 50; at < 1_000; at += 40) rig.put('video', at, { bytes: 20_000 });
    rig.twin.end();
    const held = (): number => [...rig.pool.held].reduce((sum, { buffer }) => sum + buffer.length, 0);
    expect(held()).toBeGreaterThan(480_000);
    rig.save();
    // What each of the two writers is about to fill.
    expect(held()).toBeLessThanOrEqual(256 * 1024);
    rig.close();
  });

  it('reads what lies together at once, and a long group in pieces', async () => {
    const rig = new Rig([video]);
    playGroup(rig, 100);
    rig.put('video', 1_200);
    rig.save();
    await rig.recall();
    expect(rig.file.reads).toBe(1);
    for (let at = 1_240; at < 1_640; at += 40) rig.put('video', at, { bytes: 90_000 });
    rig.save();
    await rig.recall();
    expect(rig.file.reads).toBe(3);
    expect(rig.shown()).toEqual(rig.shown(rig.twin));
    rig.close();
  });

  it('a key frame that comes while frames are read back makes them useless', async () => {
    const rig = new Rig();
    playGroup(rig, 100);
    rig.save();
    let go = (): void => undefined;
    rig.file.before = () => new Promise((resolve) => (go = resolve));
    const recalled = rig.recall();
    rig.put('video', 2_000, { key: true });
    go();
    await recalled;
    expect(rig.shown()).toEqual(rig.shown(rig.twin));
    expect(rig.stream.gop.length).toBe(1);
    rig.close();
  });

  it('stows nothing while frames are read back', async () => {
    const rig = new Rig();
    playGroup(rig, 100);
    rig.save();
    rig.put('video', 1_200);
    rig.put('video', 1_240);
    const recalled = rig.recall();
    rig.save();
    await recalled;
    expect(rig.shown()).toEqual(rig.shown(rig.twin));
    rig.close();
  });

  it('other tracks end what is known, read back or not', async () => {
    const rig = new Rig();
    playGroup(rig, 100);
    rig.save();
    const recalled = rig.recall();
    rig.stream.setTracks([{ ...video }]);
    await recalled;
    expect(rig.stream.gop).toEqual([]);
    rig.close();
  });

  it.each([
    ['shorter', (file: File) => (file.bytes = file.bytes.subarray(0, 4_000))],
    ['another', (file: File) => (file.bytes = Buffer.alloc(file.bytes.length))],
    ['moved', (file: File) => (file.bytes = Buffer.concat([Buffer.alloc(1), file.bytes]))],
  ])('knows nothing up to the next key frame when the file is %s', async (_how, spoil) => {
    const rig = new Rig();
    playGroup(rig, 100);
    rig.save();
    spoil(rig.file);
    await expect(rig.recall()).rejects.toThrow(StowageLostError);
    expect(rig.stream.gop).toEqual([]);
    rig.put('video', 1_200);
    expect(rig.stream.gop).toEqual([]);
    rig.put('video', 1_240, { key: true });
    expect(rig.stream.gop.length).toBe(1);
    rig.close();
  });

  it('a file that cannot be read is an error of whoever wants it, and no longer of the next', async () => {
    const rig = new Rig();
    playGroup(rig, 100);
    rig.save();
    rig.file.before = () => Promise.reject(new Error('EIO'));
    await expect(rig.recall()).rejects.toThrow('EIO');
    expect(rig.recall()).toBeUndefined();
    rig.close();
  });

  it('shows what a stream shows that never lets go, or nothing, whatever comes in which order', async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constant('video' as const) },
        { weight: 6, arbitrary: fc.constant('audio' as const) },
        { weight: 1, arbitrary: fc.constant('key' as const) },
        { weight: 3, arbitrary: fc.constant('save' as const) },
        { weight: 1, arbitrary: fc.constant('recall' as const) },
        { weight: 1, arbitrary: fc.constant('begin to recall' as const) },
      ),
      { maxLength: 120 },
    );
    const holds = fc.asyncProperty(steps, async (all) => {
      const rig = new Rig();
      for (const [index, step] of all.entries()) {
        await rig.do(step, 10 + index * 20);
        if (rig.stream.gop.length > 0) expect(rig.shown()).toEqual(rig.shown(rig.twin));
      }
      await rig.recall();
      expect(rig.shown()).toEqual(rig.shown(rig.twin));
      rig.close();
    });
    await fc.assert(holds, { seed: 4, numRuns: 60 });
  });
});
