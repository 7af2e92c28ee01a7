import {
  type AacFormat,
  type AudioFormat,
  adtsHeader,
  type Codec,
  type Format,
  isAac,
  isMjpeg,
  type VideoFormat,
} from '@nightjar/media/codecs';
import { PixelError } from '../backend.ts';

/** How a track is written so that `ffmpeg` reads it from a pipe. */
export interface Elementary {
  /** Options of the input. */
  readonly args: readonly string[];
  /** One frame of the neutral stream as bytes of the pipe. */
  write(data: Uint8Array): readonly Uint8Array[];
}

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Access unit delimiters (ITU-T H.264 7.3.2.4, H.265 7.3.2.5): with one behind it, a parser knows that a unit is whole. */
const DELIMITERS: ReadonlyMap<string, { args: string[]; unit: Buffer }> = new Map([
  ['h264', { args: ['-f', 'h264'], unit: Buffer.from([0x09, 0xf0]) }],
  ['h265', { args: ['-f', 'hevc'], unit: Buffer.from([0x46, 0x01, 0x50]) }],
]);
const SAMPLES: ReadonlyMap<string, string> = new Map([
  ['pcmu', 'mulaw'],
  ['pcma', 'alaw'],
  ['g722', 'g722'],
  ['l16', 's16be'],
]);

/** Throws PixelError for a codec that has no such form. */
export function videoElementary(format: VideoFormat): Elementary {
  const { codec } = format;
  if (isMjpeg(format)) return { args: ['-f', 'mjpeg'], write: (data) => [data] };
  const { args, unit } = DELIMITERS.get(codec.name) ?? refuse(codec);
  const sets = parameterSets(format).flatMap((set) => [START_CODE, set]);
  let first = true;
  return {
    args,
    write: (data) => {
      const begin = first ? sets : [];
      first = false;
      return [...begin, ...annexB(data), START_CODE, unit];
    },
  };
}

/** Throws PixelError for a codec that has no such form. */
export function audioElementary(format: AudioFormat): Elementary {
  if (isAac(format)) return { args: ['-f', 'aac'], write: (data) => [adts(format, data), data] };
  const samples = SAMPLES.get(format.codec.name) ?? refuse(format.codec);
  const args = ['-f', samples, '-ar', String(format.sampleRate), '-ac', String(format.channels)];
  return { args, write: (data) => [data] };
}

function adts({ config }: AacFormat, data: Uint8Array): Buffer {
  try {
    return adtsHeader(config, data.byteLength);
  } catch (error) {
    if (error instanceof RangeError) throw new PixelError(error.message);
    throw error;
  }
}

/** NAL units behind start codes instead of lengths. */
function annexB(data: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    parts.push(START_CODE, bytes.subarray(at + 4, Math.min(end, bytes.length)));
    at = end;
  }
  return parts;
}

function parameterSets(format: Format): readonly Buffer[] {
  return 'parameterSets' in format && Array.isArray(format.parameterSets)
    ? (format.parameterSets as Buffer[])
    : [];
}

function refuse({ name }: Codec): never {
  throw new PixelError(`no decoder for ${name}`);
}
