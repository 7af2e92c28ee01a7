import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { aac, h264Format } from '../codecs/index.ts';
import { FRAME_HEADROOM, Frame, SlabPool, type Track } from '../stream/index.ts';
import {
  initSegment,
  type Mp4Scan,
  openMp4,
  type RandomAccess,
  readFragments,
  scanMp4,
  stampFragment,
  type TrackIndex,
  writeMfra,
  writePrft,
} from './index.ts';

const SPS = '6742c01eda0280f6c044000003000400000300c83c58ba80';
const video: Track = {
  id: 1,
  kind: 'video',
  format: h264Format([Buffer.from(SPS, 'hex')], [Buffer.from('68ce0fc8', 'hex')]),
};
const audio: Track = { id: 2, kind: 'audio', format: aac.formatFromRecord(Buffer.from('1408', 'hex')) };

function port(bytes: Buffer): RandomAccess & { reads: number } {
  return {
    size: bytes.length,
    reads: 0,
    read(offset, length) {
      this.reads++;
      expect(offset >= 0 && length >= 0 && offset + length <= bytes.length).toBe(true);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

interface Movie {
  bytes: Buffer;
  initEnd: number;
  /** Offset and end of each fragment. */
  fragments: { offset: number; end: number }[];
  index: TrackIndex[];
}

/** `seconds` of 25 pictures, a key frame each, and 15.625 sound frames of 16 kHz. */
function movie(
  seconds: number,
  options: { close?: boolean; prft?: boolean; sizes?: (n: number) => number } = {},
): Movie {
  const parts = [initSegment([video, audio], { description: Buffer.from('{"v":1}') })];
  const initEnd = parts[0]!.length;
  const fragments: { offset: number; end: number }[] = [];
  const points: { time: number; moofOffset: number }[] = [];
  const pool = new SlabPool();
  let at = initEnd;
  const append = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  const last = new Map<number, Frame>();
  const push = (track: Track, dts: number, pts: number, key: boolean, size: number) => {
    const slab = pool.open(size + FRAME_HEADROOM);
    const frame = new Frame(
      track,
      slab,
      0,
      FRAME_HEADROOM + size,
      dts,
      pts,
      track === video ? 3600 : 1024,
      key,
      0,
    );
    stampFragment(frame, last.get(track.id));
    last.set(track.id, frame);
    if (key && track === video) {
      if (options.prft) append(writePrft({ trackId: 1, utc: 1_700_000_000_000 + dts / 90, mediaTime: dts }));
      points.push({ time: pts, moofOffset: at });
    }
    fragments.push({ offset: at, end: at + frame.end });
    append(slab.buffer.subarray(0, frame.end));
  };
  let sound = 0;
  for (let n = 0; n < seconds * 25; n++) {
    push(video, n * 3600, n * 3600 + (n % 2) * 3600, n % 25 === 0, options.sizes?.(n) ?? 40 + (n % 7));
    while (sound * 1024 < ((n + 1) * 16_000) / 25) push(audio, sound * 1024, sound++ * 1024, true, 9);
  }
  const index = [{ trackId: 1, points }];
  if (options.close) append(writeMfra(index));
  return { bytes: Buffer.concat(parts), initEnd, fragments, index };
}

describe('initSegment', () => {
  it('is read back: tracks, formats, description', async () => {
    const init = initSegment([video, audio], { description: Buffer.from('about this file') });
    const file = await openMp4(port(init));
    expect(file.tracks).toEqual([
      {
        id: 1,
        kind: 'video',
        timescale: 90_000,
        sampleEntry: 'avc1',
        format: video.format,
        defaults: { duration: 0, size: 0, flags: 0 },
      },
      {
        id: 2,
        kind: 'audio',
        timescale: 16_000,
        sampleEntry: 'mp4a',
        format: audio.format,
        defaults: { duration: 0, size: 0, flags: 0 },
      },
    ]);
    expect(file).toMatchObject({ initEnd: init.length, index: undefined });
    expect(file.description?.toString()).toBe('about this file');
    expect((await openMp4(port(initSegment([audio])))).description).toBeUndefined();
  });

  it('carries the shape of pixels', async () => {
    const sps = Buffer.from('67f4001e919b2816849bff0040002d1000000300100000030321f1429960', 'hex');
    const wide: Track = { id: 1, kind: 'video', format: h264Format([sps], [Buffer.from('68ce0fc8', 'hex')]) };
    const init = initSegment([wide]);
    expect(init.indexOf('00000010706173700000004000' + '00002d', 0, 'hex')).toBeGreaterThan(0);
    // 720 pixels of 64:45 are 1024 wide.
    expect(init.indexOf('0400000002400000', 0, 'hex')).toBeGreaterThan(0);
    expect((await openMp4(port(init))).tracks[0]?.format).toEqual(wide.format);
  });
});

describe('scanMp4', () => {
  it('finds every fragment, time and key frame of a closed file', async () => {
    const made = movie(4, { close: true, prft: true });
    const scan = await scanMp4(port(made.bytes));
    expect(scan).toMatchObject({ closed: true, fragments: made.fragments.length, index: made.index });
    expect(scan.wholeEnd).toBe(made.fragments.at(-1)!.end);
    expect(scan.spans).toEqual([
      { trackId: 1, samples: 100, first: 0, last: 360_000, points: made.index[0]!.points },
      { trackId: 2, samples: 63, first: 0, last: 63 * 1024, points: [] },
    ]);
    expect(scan.referenceTimes.map((time) => time.utc - 1_700_000_000_000)).toEqual([0, 1000, 2000, 3000]);
  });

  it('indexes the sound of a file without picture', async () => {
    const parts = [initSegment([audio])];
    const slab = new SlabPool().open(1000);
    for (let n = 0; n < 3; n++) {
      const frame = new Frame(audio, slab, n * 200, n * 200 + 120, n * 1024, n * 1024, 1024, true, 0);
      stampFragment(frame, undefined);
      parts.push(Buffer.from(slab.buffer.subarray(frame.start, frame.end)));
    }
    const scan = await scanMp4(port(Buffer.concat(parts)));
    expect(scan.spans[0]!.points.map((point) => point.time)).toEqual([0, 1024, 2048]);
    expect(scan.closed).toBe(false);
  });

  it('cuts a file torn at any byte after its last whole fragment', async () => {
    const made = movie(1, { close: true, prft: true });
    for (let size = made.initEnd; size < made.bytes.length; size++) {
      const scan = await scanMp4(port(made.bytes.subarray(0, size)));
      const whole = made.fragments.filter((fragment) => fragment.end <= size);
      expect(scan.wholeEnd).toBe(whole.at(-1)?.end ?? made.initEnd);
      expect(scan.fragments).toBe(whole.length);
      expect(scan.closed).toBe(false);
    }
  });

  it('stops where zeros or another file follow', async () => {
    const made = movie(1);
    const end = made.fragments.at(-1)!.end;
    for (const tail of [
      Buffer.alloc(4096),
      Buffer.from('junk that is no box at all'),
      Buffer.alloc(64, 0xff),
    ]) {
      const scan = await scanMp4(port(Buffer.concat([made.bytes, tail])));
      expect(scan).toMatchObject({ wholeEnd: end, fragments: made.fragments.length, closed: false });
    }
  });

  it('refuses a file without a whole moov', async () => {
    const made = movie(0);
    for (let size = 0; size < made.initEnd; size++) {
      await expect(scanMp4(port(made.bytes.subarray(0, size)))).rejects.toThrow(MalformedError);
    }
  });

  it('walks ten minutes in few reads and little time', async () => {
    const made = movie(600, { close: true });
    expect(made.fragments.length).toBeGreaterThan(24_000);
    const file = port(made.bytes);
    const start = performance.now();
    expect((await scanMp4(file)).fragments).toBe(made.fragments.length);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(file.reads).toBeLessThan(made.bytes.length / (128 * 1024) + 10);
  });
});

describe('readFragments', () => {
  it('gives samples by their place in the file', async () => {
    const made = movie(1, { sizes: (n) => 10 + n });
    const file = await openMp4(port(made.bytes));
    const [first, second, third] = await collect(readFragments(port(made.bytes), file));
    const { offset } = made.fragments[0]!;
    expect(first).toEqual({
      offset,
      size: FRAME_HEADROOM + 10,
      referenceTime: undefined,
      runs: [
        {
          trackId: 1,
          dts: 0,
          duration: 3600,
          key: true,
          samples: [{ offset: offset + FRAME_HEADROOM, size: 10, dts: 0, pts: 0, duration: 3600, key: true }],
        },
      ],
    });
    expect(second?.runs[0]).toMatchObject({ trackId: 2, dts: 0, key: true });
    expect(third?.runs[0]).toMatchObject({ trackId: 1, dts: 3600, key: false });
    expect(third?.runs[0]?.samples[0]).toMatchObject({ size: 11, pts: 7200 });
  });

  it('starts at any key frame of the index', async () => {
    const made = movie(3, { close: true });
    const file = await openMp4(port(made.bytes));
    const point = file.index![0]!.points[2]!;
    for await (const { offset, runs } of readFragments(port(made.bytes), file, point.moofOffset)) {
      expect(offset).toBe(point.moofOffset);
      expect(runs[0]).toMatchObject({ trackId: 1, dts: 180_000, key: true });
      break;
    }
  });

  it('understands several tracks and samples in one fragment, defaults and first-sample-flags', async () => {
    const out = new ByteWriter();
    out.box('styp', () => out.ascii('msdh').u32(0));
    const start = out.length;
    out.box('moof', () => {
      out.fullBox('mfhd', 0, 0, () => out.u32(9));
      out.box('traf', () => {
        out.fullBox('tfhd', 0, 0x020038, () => out.u32(1).u32(3000).u32(5).u32(0x10000));
        out.fullBox('tfdt', 0, 0, () => out.u32(77));
        out.fullBox('trun', 0, 0x5, () => out.u32(2).u32(180).u32(0x02000000));
        out.fullBox('trun', 0, 0x800, () => out.u32(1).u32(0xfffffff0));
      });
      out.box('traf', () => {
        out.fullBox('tfhd', 0, 0, () => out.u32(2));
        out.fullBox('trun', 1, 0xb00, () => out.u32(1).u32(1024).u32(7).u32(0xfffffff0));
      });
    });
    expect(out.length - start).toBe(172);
    out.box('mdat', () => out.zeros(22));
    const bytes = Buffer.concat([initSegment([video, audio]), out.finish()]);
    const file = await openMp4(port(bytes));
    const [fragment, ...rest] = await collect(readFragments(port(bytes), file));
    expect(rest).toEqual([]);
    const at = fragment!.offset;
    const sample = { size: 5, duration: 3000 };
    expect(fragment!.runs).toEqual([
      {
        trackId: 1,
        dts: 77,
        duration: 9000,
        key: true,
        samples: [
          { ...sample, offset: at + 180, dts: 77, pts: 77, key: true },
          { ...sample, offset: at + 185, dts: 3077, pts: 3077, key: false },
          { ...sample, offset: at + 190, dts: 6077, pts: 6077 + 0xfffffff0, key: false },
        ],
      },
      {
        trackId: 2,
        dts: 0,
        duration: 1024,
        key: true,
        samples: [{ offset: at + 195, size: 7, dts: 0, pts: -16, duration: 1024, key: true }],
      },
    ]);
  });
});

describe('hostile files', () => {
  const made = movie(1, { close: true, prft: true });
  const check = async (bytes: Buffer): Promise<Mp4Scan | undefined> => {
    try {
      return await scanMp4(port(bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
      return undefined;
    }
  };

  it('meets damage anywhere with MalformedError or fewer fragments, never a read beyond the end', async () => {
    const change = fc.tuple(
      fc.nat(made.bytes.length - 1),
      fc.oneof(fc.constantFrom(0, 1, 0x7f, 0xff), fc.nat(255)),
    );
    const early = fc.tuple(fc.nat(made.initEnd + 300), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, early), { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(made.bytes);
        for (const [at, value] of changes) bytes[at] = value;
        const scan = await check(bytes);
        if (scan) expect(scan.wholeEnd).toBeLessThanOrEqual(bytes.length);
      }),
      { seed: 13, numRuns: 4000 },
    );
  });

  it('meets any bytes behind a good beginning', async () => {
    const init = made.bytes.subarray(0, made.initEnd);
    const boxType = fc.constantFrom('moof', 'mdat', 'prft', 'mfra', 'traf', 'trun', 'free', 'moov');
    const box = fc.tuple(fc.nat(64), boxType, fc.uint8Array({ maxLength: 64 })).map(([size, type, body]) => {
      return Buffer.concat([Buffer.from([0, 0, 0, size]), Buffer.from(type), body]);
    });
    await fc.assert(
      fc.asyncProperty(fc.array(box, { maxLength: 8 }), async (boxes) => {
        expect(await check(Buffer.concat([init, ...boxes]))).toBeDefined();
        await check(Buffer.concat(boxes));
      }),
      { seed: 14, numRuns: 3000 },
    );
  });

  it.each([
    ['before it', 111, 10, 0],
    ['beyond it', 113, 10, 0],
    ['at its very place', 112, 10, 1],
  ])('a sample that lies %s ends the whole part', async (_name, offset, size, fragments) => {
    const out = new ByteWriter();
    out.box('moof', () => {
      out.fullBox('mfhd', 0, 0, () => out.u32(1));
      out.box('traf', () => {
        out.fullBox('tfhd', 0, 0x020000, () => out.u32(1));
        out.fullBox('tfdt', 1, 0, () => out.u64(0));
        out.fullBox('trun', 1, 0xf01, () => out.u32(1).u32(offset).u32(3000).u32(size).u32(0).u32(0));
      });
    });
    out.box('mdat', () => out.zeros(10));
    const scan = await check(Buffer.concat([made.bytes.subarray(0, made.initEnd), out.finish()]));
    expect(scan?.fragments).toBe(fragments);
  });

  it('does not believe a run of four billion samples without fields', async () => {
    const out = new ByteWriter();
    out.box('moof', () => {
      out.box('traf', () => {
        out.fullBox('tfhd', 0, 0x020000, () => out.u32(1));
        out.fullBox('trun', 0, 0, () => out.u32(0xffffffff));
      });
    });
    out.box('mdat', () => undefined);
    const scan = await check(Buffer.concat([made.bytes.subarray(0, made.initEnd), out.finish()]));
    expect(scan).toMatchObject({ fragments: 0, wholeEnd: made.initEnd });
  });
});
