import { MalformedError } from '../bytes/index.ts';
import { OBU, obuHead, splitObus } from './av1/obu.ts';
import { type Av1Sequence, parseSequence } from './av1/sequence.ts';
import type { Codec, Format, VideoFormat } from './codec.ts';

/** An AV1 track: its sequence header as a unit with size, as key frames and `av1C` have it. */
export interface Av1Format extends VideoFormat {
  readonly sequenceHeader: Buffer;
}

const CLOCK_RATE = 90_000;
/** Bytes of `av1C` in front of its units. */
const HEAD = 4;

/** AV1: its own RTP payload on the wire, `av01` with `av1C` in MP4 (AV1 in ISOBMFF 2.2). Samples are temporal units. */
export const av1: Codec = {
  name: 'av1',
  kind: 'video',
  mp4: { sampleEntry: 'av01', recordBox: 'av1C' },
  browser: true,
  rtp: { encodingName: 'AV1', payloadType: 104 },
  flv: { fourCc: 'av01' },
  formatFromRecord,
  // Nothing in a description says the size: the sequence header comes in band.
  formatFromSdp: () => undefined,
  fmtp,
};

/** Narrows a format to AV1. */
export function isAv1(format: Format): format is Av1Format {
  return format.codec === av1;
}

/** The format of a sequence header, a whole unit. Throws MalformedError. */
export function av1Format(unit: Buffer): Av1Format {
  const [obu] = splitObus(unit, 0, unit.length) ?? [];
  if (obu?.type !== OBU.sequenceHeader) throw new MalformedError('no AV1 sequence header', 0);
  const sequence = parseSequence(unit, obu.payload, obu.end);
  const payload = unit.subarray(obu.payload, obu.end);
  const sequenceHeader = Buffer.concat([obuHead(unit, obu.start, payload.length), payload]);
  return {
    codec: av1,
    clockRate: CLOCK_RATE,
    codecString: codecString(sequence),
    record: Buffer.concat([recordHead(sequence), sequenceHeader]),
    width: sequence.width,
    height: sequence.height,
    sequenceHeader,
  };
}

/** AV1 in ISOBMFF 2.3. */
function recordHead(sequence: Av1Sequence): Buffer {
  const { profile, level, tier, bitDepth, monochrome, subsamplingX, subsamplingY } = sequence;
  const depth = (bitDepth > 8 ? 0x40 : 0) | (bitDepth === 12 ? 0x20 : 0) | (monochrome ? 0x10 : 0);
  const chroma = (subsamplingX << 3) | (subsamplingY << 2) | sequence.chromaSamplePosition;
  return Buffer.from([0x81, (profile << 5) | level, (tier << 7) | depth | chroma, 0]);
}

/** AV1 in ISOBMFF 5: `av01.profile.level tier.depth`. */
function codecString({ profile, level, tier, bitDepth }: Av1Sequence): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `av01.${profile}.${two(level)}${tier ? 'H' : 'M'}.${two(bitDepth)}`;
}

function formatFromRecord(record: Buffer): Av1Format {
  if (record.length < HEAD || record[0] !== 0x81) throw new MalformedError('not an av1C record', 0);
  const units = splitObus(record, HEAD, record.length) ?? [];
  const header = units.find(({ type }) => type === OBU.sequenceHeader);
  if (!header) throw new MalformedError('an av1C record without a sequence header', HEAD);
  return av1Format(record.subarray(header.start, header.end));
}

function fmtp(format: Format): string {
  if (!isAv1(format)) throw new TypeError(`${format.codecString} is not AV1`);
  const { record } = format;
  return `profile=${record[1]! >> 5}; level-idx=${record[1]! & 31}; tier=${record[2]! >> 7}`;
}
