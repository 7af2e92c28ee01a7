import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type AacFormat,
  aacFormat,
  type H264Format,
  h264Format,
  isKey,
  isParameterSet,
  NAL,
  nalType,
  parseAdts,
  splitAnnexB,
  startsAccessUnit,
} from '../../codecs/index.ts';

/** The committed clips, made by `media/testdata/make-clips.sh`. */
export const CLIPS = ['yard', 'door'] as const;

/** One access unit: video as NAL units without start codes or delimiter, audio as one raw access unit. */
export interface ClipFrame {
  readonly key: boolean;
  readonly units: readonly Buffer[];
}

/** A track of a clip: frames at equal distances that loop without a seam. */
export interface ClipTrack {
  readonly format: H264Format | AacFormat;
  readonly frames: readonly ClipFrame[];
  /** Ticks of `format.clockRate` from one frame to the next; may be a fraction. */
  readonly ticksPerFrame: number;
}

/** A short film in memory, shared by every camera that shows it. */
export interface Clip {
  readonly name: string;
  readonly video: ClipTrack;
  readonly audio: ClipTrack | undefined;
  /** Bits per second, sound included, without any headers of a transport. */
  readonly bitrate: number;
}

/**
 * Loads NAME.h264 and, when it exists, NAME.aac. `name` is one of `CLIPS` or a path, with or without `.h264`.
 * Throws an Error that names the file when it is missing or is not what `make-clips.sh` makes.
 */
export async function loadClip(name: string): Promise<Clip> {
  const known = (CLIPS as readonly string[]).includes(name);
  const base = known
    ? fileURLToPath(new URL(`../../../testdata/${name}`, import.meta.url))
    : name.replace(/\.h264$/, '');
  const [h264, adts] = await Promise.all([read(`${base}.h264`), read(`${base}.aac`)]);
  if (!h264) throw new Error(`no clip ${name}: ${base}.h264 does not exist`);
  const video = readH264(h264, `${base}.h264`);
  const audio = adts && readAdts(adts, `${base}.aac`);
  const bitrate = rate(video) + (audio ? rate(audio) : 0);
  return { name: base.replace(/^.*[\\/]/, ''), video, audio, bitrate };
}

/**
 * The clips of a load test: `name` as `loadClip` takes it, for every path, or a folder made by `make-clips.sh
 * bench`, whose sub stream is for paths that end in `/sub` and whose full one is for all others.
 */
export async function loadFolder(name: string): Promise<(path: string) => Clip> {
  const isFolder = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    const clip = await loadClip(name);
    return () => clip;
  }
  const [full, sub] = await Promise.all([loadClip(`${name}/full`), loadClip(`${name}/sub`)]);
  return (path) => (path.endsWith('/sub') ? sub : full);
}

async function read(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** An H.264 byte stream (ITU-T H.264 annex B) that begins with a key frame and declares its frame rate. */
export function readH264(bytes: Buffer, file: string): ClipTrack {
  const frames: { key: boolean; units: Buffer[] }[] = [];
  const nals = splitAnnexB(bytes);
  let previousWasSlice = true;
  for (const nal of nals) {
    const type = nalType(nal, 0);
    if (startsAccessUnit(nal, 0, nal.length, previousWasSlice)) frames.push({ key: false, units: [] });
    previousWasSlice = type === NAL.slice || isKey(type);
    const frame = frames.at(-1);
    if (!frame || type === NAL.delimiter) continue;
    frame.key ||= isKey(type);
    frame.units.push(nal);
  }
  const sets = nals.filter((nal) => isParameterSet(nalType(nal, 0)));
  const first = frames[0];
  if (!first?.key || sets.length === 0)
    throw new Error(`${file} does not begin with SPS, PPS and a key frame`);
  const format = h264Format(unique(sets), []);
  const frameRate = format.declaredFrameRate;
  if (!frameRate) throw new Error(`${file} does not declare its frame rate`);
  return { format, frames, ticksPerFrame: format.clockRate / frameRate };
}

/** AAC access units with ADTS headers (ISO/IEC 13818-7 6.2), the same configuration throughout. */
export function readAdts(bytes: Buffer, file: string): ClipTrack {
  const frames: ClipFrame[] = [];
  let format: AacFormat | undefined;
  for (let at = 0; at < bytes.length; ) {
    const header = parseAdts(bytes, at, bytes.length);
    const end = at + (header?.frameBytes ?? 0);
    if (!header || end > bytes.length) throw new Error(`${file}: no whole ADTS frame at byte ${at}`);
    format ??= aacFormat(header.config);
    frames.push({ key: true, units: [bytes.subarray(at + header.headerBytes, end)] });
    at = end;
  }
  if (!format) throw new Error(`${file} is empty`);
  return { format, frames, ticksPerFrame: format.frameSamples };
}

function unique(nals: readonly Buffer[]): Buffer[] {
  return [...new Map(nals.map((nal) => [nal.toString('latin1'), nal])).values()];
}

function rate({ format, frames, ticksPerFrame }: ClipTrack): number {
  const bytes = frames.flatMap(({ units }) => units).reduce((sum, unit) => sum + unit.length, 0);
  return (bytes * 8 * format.clockRate) / (ticksPerFrame * frames.length);
}
