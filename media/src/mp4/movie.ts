import { ByteWriter } from '../bytes/index.ts';
import type { Track } from '../stream/index.ts';
import { movieHeader, trackBoxes } from './init.ts';

/** A sample of a movie with sample tables; times in ticks of its track, from any zero. */
export interface MovieSample {
  readonly dts: number;
  readonly pts: number;
  readonly duration: number;
  readonly size: number;
  readonly key: boolean;
}

/** Samples that lie one behind the other in the file. */
export interface MovieChunk {
  /** From the first byte of media. */
  readonly offset: number;
  readonly samples: number;
}

/** One track with all its samples, in decode order, at least one. */
export interface MovieTrackTables {
  readonly track: Track;
  readonly samples: readonly MovieSample[];
  readonly chunks: readonly MovieChunk[];
  /** Ticks of the track, on the zero of its samples, from which on it is shown. */
  readonly from: number;
  /** Seconds of the movie at which that is. */
  readonly at: number;
}

const BOX_HEAD = 8;
const LARGE_BOX_HEAD = 16;
const MAX_32 = 2 ** 32 - 1;

/**
 * Everything of a movie that comes before its media: `ftyp`, `moov` with sample tables (ISO/IEC 14496-12 8.6, 8.7)
 * and the head of an `mdat` of `mediaBytes`. Edit lists hide what is decoded but not wanted (8.6.6). Its clock is
 * that of the first track. At most what 32 bits of ticks hold: 13 hours at 90 kHz.
 */
export function movieHead(tables: readonly MovieTrackTables[], mediaBytes: number): Buffer {
  const wide = mediaBytes + (1 << 24) > MAX_32;
  // Offsets are as long whatever they say: the length of the first one is that of the second.
  const length = write(tables, { mediaBytes, wide, base: 0 }).length;
  return write(tables, { mediaBytes, wide, base: length });
}

interface Layout {
  readonly mediaBytes: number;
  /** Offsets of 64 bits. */
  readonly wide: boolean;
  /** Where the media begins. */
  readonly base: number;
}

function write(tables: readonly MovieTrackTables[], layout: Layout): Buffer {
  const samples = tables.reduce((sum, table) => sum + table.samples.length, 0);
  const out = new ByteWriter(4096 + samples * 16);
  const timescale = tables[0]!.track.format.clockRate;
  const ends = tables.map((table) => table.at + shownSeconds(table));
  out.box('ftyp', () => out.ascii('isom').u32(0x200).ascii('isomiso6mp41'));
  out.box('moov', () => {
    const tracks = tables.map(({ track }) => track);
    movieHeader(out, tracks, timescale, Math.round(Math.max(...ends) * timescale));
    for (const table of tables) out.box('trak', () => trak(out, table, timescale, layout));
  });
  if (layout.wide) {
    out
      .u32(1)
      .ascii('mdat')
      .u64(layout.mediaBytes + LARGE_BOX_HEAD);
  } else out.u32(layout.mediaBytes + BOX_HEAD).ascii('mdat');
  return out.finish();
}

function trak(out: ByteWriter, table: MovieTrackTables, timescale: number, layout: Layout): void {
  const { track, samples, from, at } = table;
  const shown = Math.round(shownSeconds(table) * timescale);
  const wait = Math.round(at * timescale);
  const first = samples[0]!.dts;
  const last = samples.at(-1)!;
  trackBoxes(out, track, {
    shown: shown + wait,
    duration: last.dts + last.duration - first,
    edits: () => {
      out.box('edts', () => {
        out.fullBox('elst', 0, 0, () => {
          out.u32(wait > 0 ? 2 : 1);
          if (wait > 0) out.u32(wait).u32(0xffffffff).u32(0x10000);
          out
            .u32(shown)
            .u32(from - first)
            .u32(0x10000);
        });
      });
    },
    tables: () => sampleTables(out, table, layout),
  });
}

/** Seconds from the first picture that is shown to the end of the last. */
function shownSeconds({ track, samples, from }: MovieTrackTables): number {
  let end = from;
  for (const { pts, duration } of samples) end = Math.max(end, pts + duration);
  return (end - from) / track.format.clockRate;
}

function sampleTables(out: ByteWriter, { samples, chunks }: MovieTrackTables, { wide, base }: Layout): void {
  const durations = samples.map(({ dts, duration }, i) => (samples[i + 1]?.dts ?? dts + duration) - dts);
  out.fullBox('stts', 0, 0, () => runs(out, durations));
  if (samples.some(({ dts, pts }) => dts !== pts)) {
    // Version 1: a picture may be shown before the time at which it is decoded, on our zero.
    out.fullBox('ctts', 1, 0, () =>
      runs(
        out,
        samples.map(({ dts, pts }) => pts - dts),
      ),
    );
  }
  if (samples.some(({ key }) => !key)) {
    const keys = samples.flatMap(({ key }, i) => (key ? [i + 1] : []));
    out.fullBox('stss', 0, 0, () => {
      out.u32(keys.length);
      for (const number of keys) out.u32(number);
    });
  }
  out.fullBox('stsc', 0, 0, () => chunkRuns(out, chunks));
  out.fullBox('stsz', 0, 0, () => {
    out.u32(0).u32(samples.length);
    for (const { size } of samples) out.u32(size);
  });
  out.fullBox(wide ? 'co64' : 'stco', 0, 0, () => {
    out.u32(chunks.length);
    for (const { offset } of chunks) wide ? out.u64(base + offset) : out.u32(base + offset);
  });
}

/** Pairs of how often a value comes one after the other, and the value. */
function runs(out: ByteWriter, values: readonly number[]): void {
  const pairs: { count: number; value: number }[] = [];
  for (const value of values) {
    const last = pairs.at(-1);
    if (last?.value === value) last.count++;
    else pairs.push({ count: 1, value });
  }
  out.u32(pairs.length);
  for (const { count, value } of pairs) out.u32(count).u32(value >>> 0);
}

/** First chunk of each row of chunks that hold as many samples, numbered from 1. */
function chunkRuns(out: ByteWriter, chunks: readonly MovieChunk[]): void {
  const changes = chunks.flatMap(({ samples }, i) =>
    chunks[i - 1]?.samples === samples ? [] : [{ number: i + 1, samples }],
  );
  out.u32(changes.length);
  for (const { number, samples } of changes) out.u32(number).u32(samples).u32(1);
}
