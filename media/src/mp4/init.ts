import { ByteWriter } from '../bytes/index.ts';
import type { AudioFormat, Format, VideoFormat } from '../codecs/index.ts';
import type { Track } from '../stream/index.ts';
import { writeEsds } from './descriptor.ts';

/** User type of the top-level `uuid` box in which a file describes itself. */
export const DESCRIPTION_TYPE = Buffer.from('8d1e5a6c2f0b4b7e9a3c6e696768746a', 'hex');

const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const UNDETERMINED_LANGUAGE = 0x55c4;
const MOVIE_TIMESCALE = 1000;

export interface InitOptions {
  /** The file's description of itself: any bytes, kept in a `uuid` box. */
  readonly description?: Buffer;
}

/**
 * The initialization segment of a fragmented movie: `ftyp`, the description when given, and a `moov` whose
 * timescales are the clock rates of the tracks.
 */
export function initSegment(tracks: readonly Track[], options: InitOptions = {}): Buffer {
  const { description } = options;
  const out = new ByteWriter(2048);
  out.box('ftyp', () => out.ascii('iso6').u32(1).ascii('iso6cmfcmp41'));
  if (description) out.box('uuid', () => out.bytes(DESCRIPTION_TYPE).bytes(description));
  out.box('moov', () => {
    movieHeader(out, tracks, MOVIE_TIMESCALE, 0);
    for (const track of tracks) out.box('trak', () => trackBoxes(out, track));
    out.box('mvex', () => {
      for (const track of tracks) out.fullBox('trex', 0, 0, () => out.u32(track.id).u32(1).zeros(12));
    });
  });
  return out.finish();
}

/** `mvhd`; `duration` in ticks of `timescale`. */
export function movieHeader(
  out: ByteWriter,
  tracks: readonly Track[],
  timescale: number,
  duration: number,
): void {
  out.fullBox('mvhd', 0, 0, () => {
    out.zeros(8).u32(timescale).u32(duration);
    out.u32(0x10000).u16(0x100).zeros(10);
    for (const value of MATRIX) out.u32(value);
    out.zeros(24).u32(Math.max(0, ...tracks.map((track) => track.id)) + 1);
  });
}

/** What a track of a movie with sample tables has beside its description. */
export interface TrackContents {
  /** Ticks of the movie's timescale that are shown. */
  readonly shown: number;
  /** Ticks of the track's clock rate that its samples last. */
  readonly duration: number;
  /** Writes `edts`. */
  readonly edits: () => void;
  /** Writes the boxes of `stbl` behind `stsd`. */
  readonly tables: () => void;
}

/** The boxes of a `trak`; without contents those of a fragmented movie, which has its samples elsewhere. */
export function trackBoxes(out: ByteWriter, track: Track, contents?: TrackContents): void {
  const { format } = track;
  const picture = isVideo(format) ? displaySize(format) : { width: 0, height: 0 };
  out.fullBox('tkhd', 0, 3, () => {
    out.zeros(8).u32(track.id).zeros(4);
    out.u32(contents?.shown ?? 0).zeros(8);
    out.u16(0).u16(isVideo(format) ? 0 : 1);
    out.u16(isVideo(format) ? 0 : 0x100).u16(0);
    for (const value of MATRIX) out.u32(value);
    out.u32(picture.width * 0x10000).u32(picture.height * 0x10000);
  });
  contents?.edits();
  out.box('mdia', () => {
    out.fullBox('mdhd', 0, 0, () =>
      out
        .zeros(8)
        .u32(format.clockRate)
        .u32(contents?.duration ?? 0)
        .u16(UNDETERMINED_LANGUAGE)
        .u16(0),
    );
    const [handler, name] = isVideo(format) ? ['vide', 'Video'] : ['soun', 'Sound'];
    out.fullBox('hdlr', 0, 0, () => out.u32(0).ascii(handler).zeros(12).ascii(`${name}\0`));
    out.box('minf', () => mediaInformation(out, format, contents?.tables ?? (() => noSamples(out))));
  });
}

function mediaInformation(out: ByteWriter, format: Format, tables: () => void): void {
  if (isVideo(format)) out.fullBox('vmhd', 0, 1, () => out.zeros(8));
  else out.fullBox('smhd', 0, 0, () => out.zeros(4));
  out.box('dinf', () => {
    out.fullBox('dref', 0, 0, () => {
      out.u32(1).fullBox('url ', 0, 1, () => undefined);
    });
  });
  out.box('stbl', () => {
    out.fullBox('stsd', 0, 0, () => {
      out.u32(1).box(format.codec.mp4.sampleEntry, () => sampleEntry(out, format));
    });
    tables();
  });
}

function noSamples(out: ByteWriter): void {
  out.fullBox('stts', 0, 0, () => out.u32(0));
  out.fullBox('stsc', 0, 0, () => out.u32(0));
  out.fullBox('stsz', 0, 0, () => out.u32(0).u32(0));
  out.fullBox('stco', 0, 0, () => out.u32(0));
}

function sampleEntry(out: ByteWriter, format: Format): void {
  out.zeros(6).u16(1);
  if (isVideo(format)) visualEntry(out, format);
  else if (isAudio(format)) audioEntry(out, format);
  const { recordBox, objectType } = format.codec.mp4;
  if (objectType !== undefined)
    out.fullBox('esds', 0, 0, () =>
      writeEsds(out, format.codec.kind, { objectType, specific: format.record }),
    );
  else if (recordBox) out.box(recordBox, () => out.bytes(format.record));
  const aspect = isVideo(format) ? format.pixelAspect : undefined;
  if (aspect) out.box('pasp', () => out.u32(aspect.width).u32(aspect.height));
}

/** ISO/IEC 14496-12 12.1.3. */
function visualEntry(out: ByteWriter, format: VideoFormat): void {
  out.zeros(16).u16(format.width).u16(format.height);
  out.u32(0x480000).u32(0x480000).u32(0).u16(1).zeros(32).u16(0x18).u16(0xffff);
}

/** ISO/IEC 14496-12 12.2.3; a rate that does not fit 16 bits is left to the decoder configuration. */
function audioEntry(out: ByteWriter, format: AudioFormat): void {
  out.zeros(8).u16(format.channels).u16(16).u32(0);
  out.u32(format.sampleRate < 0x10000 ? format.sampleRate * 0x10000 : 0);
}

/** What a player shows: pixels made square by stretching the width. */
function displaySize(format: VideoFormat): { width: number; height: number } {
  const { width: x, height: y } = format.pixelAspect ?? { width: 1, height: 1 };
  return { width: Math.min(0xffff, Math.round((format.width * x) / y)), height: format.height };
}

function isVideo(format: Format): format is VideoFormat {
  return format.codec.kind === 'video';
}

function isAudio(format: Format): format is AudioFormat {
  return format.codec.kind === 'audio';
}
