import { MalformedError } from '../bytes/index.ts';
import { atLeast, type Box, childBoxes, readUInt64 } from './box.ts';
import type { SampleDefaults } from './moov.ts';

/** One sample: `[offset, offset + size)` of the file, times in ticks of the track's timescale. */
export interface Sample {
  readonly offset: number;
  readonly size: number;
  readonly dts: number;
  readonly pts: number;
  readonly duration: number;
  readonly key: boolean;
}

/** The samples of one track in one fragment, at least one. */
export interface Run {
  readonly trackId: number;
  /** Decode time of the first sample. */
  readonly dts: number;
  /** From the first decode time to the end of the last sample. */
  readonly duration: number;
  /** The first sample is a sync sample. */
  readonly key: boolean;
  readonly samples: readonly Sample[];
}

/** What a fragment needs to know from outside itself: defaults by track, and where each track's time stands. */
export interface FragmentContext {
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
  /** Next decode time by track; `readMoof` moves it on. */
  readonly times: Map<number, number>;
}

interface Header extends SampleDefaults {
  readonly trackId: number;
  readonly base: number;
}

const TFHD = { base: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20, baseIsMoof: 0x20000 };
const TRUN = { offset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 };
const NON_SYNC = 0x10000;
const MAX_SAMPLES = 65_536;
const NO_DEFAULTS: SampleDefaults = { duration: 0, size: 0, flags: 0 };

/** The runs of the `moof` box that is `moof`, which lies at `moofOffset` of its file. Throws MalformedError. */
export function readMoof(
  moof: Buffer,
  headBytes: number,
  moofOffset: number,
  context: FragmentContext,
): Run[] {
  const runs: Run[] = [];
  let dataEnd = moofOffset;
  for (const box of childBoxes(moof, headBytes, moof.length)) {
    if (box.type !== 'traf') continue;
    const samples = readTraf(moof, box, moofOffset, dataEnd, context);
    if (!samples) continue;
    runs.push(samples.run);
    dataEnd = samples.dataEnd;
  }
  return runs;
}

function readTraf(
  buffer: Buffer,
  traf: Box,
  moofOffset: number,
  dataEnd: number,
  context: FragmentContext,
): { run: Run; dataEnd: number } | undefined {
  const children = childBoxes(buffer, traf.payload, traf.end);
  const tfhd = children.find((box) => box.type === 'tfhd');
  if (!tfhd) throw new MalformedError('no tfhd in traf', traf.start);
  const header = readTfhd(buffer, tfhd, moofOffset, dataEnd, context.defaults);
  const tfdt = children.find((box) => box.type === 'tfdt');
  const dts = tfdt ? readTfdt(buffer, tfdt) : (context.times.get(header.trackId) ?? 0);
  const samples: Sample[] = [];
  const cursor = { dts, offset: header.base };
  for (const trun of children) if (trun.type === 'trun') readTrun(buffer, trun, header, cursor, samples);
  context.times.set(header.trackId, cursor.dts);
  const [first] = samples;
  if (!first) return undefined;
  const run = { trackId: header.trackId, dts, duration: cursor.dts - dts, key: first.key, samples };
  return { run, dataEnd: cursor.offset };
}

/** ISO/IEC 14496-12 8.8.7. */
function readTfhd(
  buffer: Buffer,
  tfhd: Box,
  moofOffset: number,
  dataEnd: number,
  defaults: FragmentContext['defaults'],
): Header {
  atLeast(tfhd, 8);
  const flags = buffer.readUIntBE(tfhd.payload + 1, 3);
  const trackId = buffer.readUInt32BE(tfhd.payload + 4);
  const known = defaults.get(trackId) ?? NO_DEFAULTS;
  let at = tfhd.payload + 8;
  const take = (flag: number, bytes: number): number | undefined => {
    if ((flags & flag) === 0) return undefined;
    atLeast(tfhd, at - tfhd.payload + bytes);
    at += bytes;
    return bytes === 8 ? readUInt64(buffer, at - 8) : buffer.readUInt32BE(at - 4);
  };
  const base = take(TFHD.base, 8) ?? (flags & TFHD.baseIsMoof ? moofOffset : dataEnd);
  take(TFHD.description, 4);
  return {
    trackId,
    base,
    duration: take(TFHD.duration, 4) ?? known.duration,
    size: take(TFHD.size, 4) ?? known.size,
    flags: take(TFHD.flags, 4) ?? known.flags,
  };
}

function readTfdt(buffer: Buffer, tfdt: Box): number {
  const wide = buffer[tfdt.payload] === 1;
  atLeast(tfdt, wide ? 12 : 8);
  return wide ? readUInt64(buffer, tfdt.payload + 4) : buffer.readUInt32BE(tfdt.payload + 4);
}

/** ISO/IEC 14496-12 8.8.8. */
function readTrun(
  buffer: Buffer,
  trun: Box,
  header: Header,
  cursor: { dts: number; offset: number },
  samples: Sample[],
): void {
  atLeast(trun, 8);
  const signed = buffer[trun.payload] !== 0;
  const flags = buffer.readUIntBE(trun.payload + 1, 3);
  const count = buffer.readUInt32BE(trun.payload + 4);
  let at = trun.payload + 8;
  const optional = (flags & TRUN.offset ? 4 : 0) + (flags & TRUN.firstFlags ? 4 : 0);
  const perSample = 4 * bitCount(flags & (TRUN.duration | TRUN.size | TRUN.flags | TRUN.composition));
  if (count + samples.length > MAX_SAMPLES) throw new MalformedError(`trun of ${count} samples`, trun.start);
  atLeast(trun, 8 + optional + count * perSample);
  const field = (flag: number, otherwise: number): number => {
    if ((flags & flag) === 0) return otherwise;
    at += 4;
    return buffer.readUInt32BE(at - 4);
  };
  cursor.offset = flags & TRUN.offset ? header.base + (field(TRUN.offset, 0) | 0) : cursor.offset;
  const firstFlags = field(TRUN.firstFlags, header.flags);
  for (let i = 0; i < count; i++) {
    const duration = field(TRUN.duration, header.duration);
    const size = field(TRUN.size, header.size);
    const sampleFlags = field(TRUN.flags, i === 0 ? firstFlags : header.flags);
    const composition = field(TRUN.composition, 0);
    const pts = cursor.dts + (signed ? composition | 0 : composition);
    const key = (sampleFlags & NON_SYNC) === 0;
    samples.push({ offset: cursor.offset, size, dts: cursor.dts, pts, duration, key });
    cursor.dts += duration;
    cursor.offset += size;
  }
}

function bitCount(flags: number): number {
  let count = 0;
  for (let left = flags; left !== 0; left &= left - 1) count++;
  return count;
}
