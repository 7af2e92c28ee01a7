import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aac, h264Format } from '../codecs/index.ts';
import {
  FRAME_HEADROOM,
  Frame,
  FrameWriter,
  MediaStream,
  type Slab,
  SlabPool,
  type Track,
} from '../stream/index.ts';
import { fragmentSize, rebaseFragment, restoreFragment, stampFragment } from './fragment.ts';

const video: Track = {
  id: 1,
  kind: 'video',
  format: h264Format(
    [Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex')],
    [Buffer.from('68ce0fc8', 'hex')],
  ),
};
const audio: Track = { id: 2, kind: 'audio', format: aac.formatFromRecord(Buffer.from('1408', 'hex')) };

interface Made {
  track?: Track;
  slab?: Slab;
  start?: number;
  size?: number;
  dts?: number;
  pts?: number;
  duration?: number;
  key?: boolean;
}

const pool = new SlabPool();

function frame({
  track = video,
  slab = pool.open(4096),
  start = 0,
  size = 10,
  dts = 0,
  pts = dts,
  duration = 3000,
  key = true,
}: Made): Frame {
  return new Frame(track, slab, start, start + FRAME_HEADROOM + size, dts, pts, duration, key, 0);
}

function head(made: Frame): string {
  return made.slab.buffer.toString('hex', made.start, made.payload);
}

describe('stampFragment', () => {
  it('writes a one-sample fragment in front of the payload', () => {
    const made = frame({
      start: 7,
      size: 0x1234,
      dts: 2 ** 32 * 3 + 0xfffffff0,
      pts: 2 ** 32 * 3 + 0xfffffff0 + 6000,
    });
    made.slab.buffer.fill(0xee);
    stampFragment(made, undefined);
    expect(head(made)).toBe(
      [
        '000000686d6f6f66', // moof, 104
        '000000106d6668640000000000000001', // mfhd, sequence 1
        '0000005074726166', // traf
        '00000010746668640002000000000001', // tfhd, default-base-is-moof, track 1
        '0000001474666474010000000000000' + '3fffffff0', // tfdt v1
        '000000247472756e01000f010000000100000070', // trun v1, one sample, data offset 112
        '00000bb8000012340200000000001770', // duration 3000, size, sync, composition offset 6000
        '0000123c6d646174', // mdat
      ].join(''),
    );
    expect(made.slab.buffer[6]).toBe(0xee);
    expect(made.slab.buffer[made.payload]).toBe(0xee);
  });

  it.each([
    [true, 0, '0200000000000000'],
    [false, 3000, '0101000000000bb8'],
    [false, -3000, '01010000fffff448'],
  ])('key %s, composition offset %i', (key, offset, hex) => {
    const made = frame({ key, dts: 9000, pts: 9000 + offset });
    stampFragment(made, undefined);
    expect(made.slab.buffer.toString('hex', 96, 104)).toBe(hex);
  });

  it('counts on and settles the duration of the frame before', () => {
    const slab = pool.open(4096);
    const first = frame({ slab, dts: 1000 });
    const second = frame({ slab, start: 200, dts: 4750, key: false });
    stampFragment(first, undefined);
    stampFragment(second, first);
    expect(first.duration).toBe(3750);
    expect(slab.buffer.readUInt32BE(88)).toBe(3750);
    expect(slab.buffer.readUInt32BE(200 + 20)).toBe(2);
    expect(slab.buffer.readUInt32BE(200 + 88)).toBe(3000);
  });

  it.each([
    ['the same time', 5000],
    ['a step back', 4000],
    ['a hole of hours (quirk 53)', 5000 + 90_000 * 3600],
    ['a hole just above ten seconds', 5000 + 900_001],
  ])('leaves the estimate for %s', (_name, dts) => {
    const slab = pool.open(4096);
    const first = frame({ slab, dts: 5000 });
    stampFragment(first, undefined);
    stampFragment(frame({ slab, start: 200, dts }), first);
    expect(first.duration).toBe(3000);
    expect(slab.buffer.readUInt32BE(88)).toBe(3000);
  });

  it('keeps its hands off a slab that went to somebody else', () => {
    const first = frame({ dts: 5000 });
    stampFragment(first, undefined);
    const next = frame({ dts: 8600, start: 0 });
    const stranger = frame({ slab: first.slab, track: audio, dts: 5000, size: 10 });
    stampFragment(stranger, undefined);
    const untouched = Buffer.from(first.slab.buffer);
    stampFragment(next, first);
    expect(first.slab.buffer).toEqual(untouched);
    expect(first.duration).toBe(3600);
    expect(next.slab.buffer.readUInt32BE(20)).toBe(1);
  });

  it('gives back every field of any run of frames', () => {
    const step = fc.record({
      delta: fc.integer({ min: 1, max: 900_000 }),
      size: fc.nat(3000),
      offset: fc.integer({ min: -90_000, max: 90_000 }),
      key: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.nat(2 ** 48), fc.array(step, { minLength: 1, maxLength: 12 }), (zero, steps) => {
        const slab = pool.open(64 * 1024);
        const frames: Frame[] = [];
        let dts = zero;
        let start = 0;
        for (const { delta, size, offset, key } of steps) {
          const made = frame({ slab, start, size, dts, pts: dts + offset, duration: 1, key });
          stampFragment(made, frames.at(-1));
          frames.push(made);
          dts += delta;
          start = made.end;
        }
        for (const [i, made] of frames.entries()) {
          const b = slab.buffer.subarray(made.start, made.payload);
          const { delta, size, offset, key } = steps[i]!;
          expect(b.readUInt32BE(20)).toBe(i + 1);
          expect(b.readUInt32BE(60) * 2 ** 32 + b.readUInt32BE(64)).toBe(made.dts);
          expect(b.readUInt32BE(88)).toBe(i + 1 < steps.length ? delta : 1);
          expect(b.readUInt32BE(92)).toBe(size);
          expect(b.readUInt32BE(96)).toBe(key ? 0x02000000 : 0x01010000);
          expect(b.readInt32BE(100)).toBe(offset);
          expect(b.readUInt32BE(104)).toBe(size + 8);
        }
        slab.release();
      }),
      { seed: 9, numRuns: 500 },
    );
  });
});

describe('restoreFragment', () => {
  const dts = 2 ** 32 * 3 + 77;

  it('makes of a recorded head what it was live', () => {
    const made = frame({ dts, start: 7 });
    stampFragment(made, undefined);
    const live = head(made);
    rebaseFragment(made.slab.buffer, 7, 2 ** 32 * 3);
    expect(head(made)).not.toBe(live);
    expect(restoreFragment(made)).toBe(true);
    expect(head(made)).toBe(live);
    made.duration = 2999;
    expect(restoreFragment(made)).toBe(true);
    expect(made.slab.buffer.readUInt32BE(7 + 88)).toBe(2999);
  });

  it.each([
    ['nothing', {}, (slab: Slab) => void slab.buffer.fill(0)],
    ['a frame of another size', { size: 11 }, () => undefined],
    ['a frame of another track', { track: audio }, () => undefined],
    ['a frame that begins elsewhere', { start: 1 }, () => undefined],
  ])('touches nothing where %s lies', (_what, other: Made, spoil) => {
    const there = frame({ dts });
    stampFragment(there, undefined);
    spoil(there.slab);
    const before = Buffer.from(there.slab.buffer);
    expect(restoreFragment(frame({ dts: dts + 1, slab: there.slab, ...other }))).toBe(false);
    expect(there.slab.buffer).toEqual(before);
  });
});

describe('rebaseFragment', () => {
  it('moves the decode time back and touches nothing else', () => {
    const frames: Frame[] = [];
    const stream = new MediaStream({ stamp: stampFragment });
    const track: Track = { id: 1, kind: 'video', format: { clockRate: 90_000 } as Track['format'] };
    const writer = new FrameWriter({
      track,
      pool: new SlabPool(),
      clock: { utc: () => 0 },
      push: (frame) => {
        stream.push(frame);
        frames.push(frame);
      },
    });
    const start = 2 ** 32 - 3000;
    for (let i = 0; i < 5; i++) {
      writer.begin();
      writer.append(Buffer.alloc(40 + i, i), 0, 40 + i);
      writer.finish(start + i * 3000, start + i * 3000, i === 0);
    }
    const [first, last] = [frames[0]!, frames.at(-1)!];
    const copy = Buffer.from(first.slab.buffer.subarray(first.start, last.end));
    const before = Buffer.from(copy);
    for (let at = 0; at < copy.length; at += fragmentSize(copy, at)) rebaseFragment(copy, at, start - 90_000);
    for (const [i, frame] of frames.entries()) {
      const at = frame.start - first.start + 60;
      expect(copy.readBigUInt64BE(at)).toBe(BigInt(90_000 + i * 3000));
      before.copy(copy, at, at, at + 8);
    }
    expect(copy.equals(before)).toBe(true);
  });
});
