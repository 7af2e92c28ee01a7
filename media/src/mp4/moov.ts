import { MalformedError, unlessMalformed } from '../bytes/index.ts';
import { type Codec, codecs, type Format, type SampleEntry } from '../codecs/index.ts';
import { atLeast, type Box, boxAt, childBoxes } from './box.ts';
import { readEsds } from './descriptor.ts';

/** A track as a file describes it. */
export interface Mp4Track {
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'other';
  /** Ticks per second of its times in this file; ours equal `format.clockRate`. */
  readonly timescale: number;
  /** Four-character code of the sample entry. */
  readonly sampleEntry: string;
  /** Undefined for a codec we do not carry and for a broken decoder configuration. */
  readonly format: Format | undefined;
  readonly defaults: SampleDefaults;
}

/** What `trex` says about samples that do not say it themselves (ISO/IEC 14496-12 8.8.3). */
export interface SampleDefaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

const KINDS: Readonly<Record<string, Mp4Track['kind']>> = { vide: 'video', soun: 'audio' };
const NO_DEFAULTS: SampleDefaults = { duration: 0, size: 0, flags: 0 };
/** Bytes of a sample entry in front of its boxes (ISO/IEC 14496-12 12.1.3, 12.2.3). */
const ENTRY_BYTES = { video: 78, audio: 28, other: 8 };
/** Further bytes of the QuickTime versions 1 and 2 of a sound sample entry. */
const QUICKTIME_BYTES = [0, 16, 36];

/** The tracks of a whole `moov` box at the start of `buffer`. Throws MalformedError. */
export function readMoov(buffer: Buffer): Mp4Track[] {
  const [moov] = childBoxes(buffer, 0, buffer.length);
  if (moov?.type !== 'moov') throw new MalformedError('not a moov', 0);
  const children = childBoxes(buffer, moov.payload, moov.end);
  const defaults = readDefaults(buffer, children);
  return children.filter((box) => box.type === 'trak').map((trak) => readTrack(buffer, trak, defaults));
}

function readDefaults(buffer: Buffer, children: readonly Box[]): Map<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  const mvex = children.find((box) => box.type === 'mvex');
  if (!mvex) return defaults;
  for (const trex of childBoxes(buffer, mvex.payload, mvex.end).filter((box) => box.type === 'trex')) {
    atLeast(trex, 24);
    defaults.set(buffer.readUInt32BE(trex.payload + 4), {
      duration: buffer.readUInt32BE(trex.payload + 12),
      size: buffer.readUInt32BE(trex.payload + 16),
      flags: buffer.readUInt32BE(trex.payload + 20),
    });
  }
  return defaults;
}

function readTrack(buffer: Buffer, trak: Box, defaults: Map<number, SampleDefaults>): Mp4Track {
  const tkhd = boxAt(buffer, trak, 'tkhd');
  atLeast(tkhd, 24);
  const id = buffer.readUInt32BE(tkhd.payload + (buffer[tkhd.payload] === 1 ? 20 : 12));
  const mdia = boxAt(buffer, trak, 'mdia');
  const mdhd = boxAt(buffer, mdia, 'mdhd');
  atLeast(mdhd, 24);
  const timescale = buffer.readUInt32BE(mdhd.payload + (buffer[mdhd.payload] === 1 ? 20 : 12));
  if (timescale === 0) throw new MalformedError('timescale 0', mdhd.start);
  const hdlr = boxAt(buffer, mdia, 'hdlr');
  atLeast(hdlr, 12);
  const kind = KINDS[buffer.toString('latin1', hdlr.payload + 8, hdlr.payload + 12)] ?? 'other';
  const stsd = boxAt(buffer, mdia, 'minf', 'stbl', 'stsd');
  atLeast(stsd, 8);
  const [entry] = childBoxes(buffer, stsd.payload + 8, stsd.end);
  if (!entry) throw new MalformedError('no sample entry', stsd.start);
  return {
    id,
    kind,
    timescale,
    sampleEntry: entry.type,
    format: readFormat(buffer, entry, kind, timescale),
    defaults: defaults.get(id) ?? NO_DEFAULTS,
  };
}

function readFormat(
  buffer: Buffer,
  entry: Box,
  kind: Mp4Track['kind'],
  timescale: number,
): Format | undefined {
  const codec = codecs.find((one) => one.mp4.sampleEntry === entry.type);
  if (codec?.kind !== kind) return undefined;
  return unlessMalformed(() => {
    const fields = readEntry(buffer, entry, kind, timescale);
    return readConfiguration(buffer, { ...entry, payload: recordsAt(buffer, entry, kind) }, codec, fields);
  });
}

/** `inside`: the sample entry from its first child box on. */
function readConfiguration(
  buffer: Buffer,
  inside: Box,
  codec: Codec,
  fields: SampleEntry,
): Format | undefined {
  const { recordBox, objectType } = codec.mp4;
  if (recordBox === undefined) return codec.formatFromRecord(Buffer.alloc(0), fields);
  const record = boxAt(buffer, inside, recordBox);
  if (objectType === undefined)
    return codec.formatFromRecord(buffer.subarray(record.payload, record.end), fields);
  atLeast(record, 4);
  const esds = readEsds(buffer.subarray(record.payload + 4, record.end));
  return esds.objectType === objectType ? codec.formatFromRecord(esds.specific, fields) : undefined;
}

/** A rate that does not fit its 16 bits is that of the track. */
function readEntry(buffer: Buffer, entry: Box, kind: Mp4Track['kind'], timescale: number): SampleEntry {
  atLeast(entry, ENTRY_BYTES[kind]);
  const at = entry.payload;
  const video = kind === 'video';
  return {
    width: video ? buffer.readUInt16BE(at + 24) : 0,
    height: video ? buffer.readUInt16BE(at + 26) : 0,
    channels: video ? 0 : buffer.readUInt16BE(at + 16),
    sampleRate: video ? 0 : buffer.readUInt16BE(at + 24) || timescale,
  };
}

function recordsAt(buffer: Buffer, entry: Box, kind: Mp4Track['kind']): number {
  atLeast(entry, ENTRY_BYTES[kind]);
  const version = kind === 'audio' ? buffer.readUInt16BE(entry.payload + 8) : 0;
  return Math.min(entry.end, entry.payload + ENTRY_BYTES[kind] + (QUICKTIME_BYTES[version] ?? 0));
}
