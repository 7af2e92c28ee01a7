import { BitReader, BitWriter, MalformedError } from '../../bytes/index.ts';
import { readAudioConfig } from './config.ts';

/** StreamMuxConfig of one program with one layer (ISO/IEC 14496-3 table 1.42), all that cameras send. */
export interface StreamMux {
  /** AudioSpecificConfig. */
  readonly record: Buffer;
  /** Access units in one AudioMuxElement. */
  readonly subFrames: number;
  /** Bytes of every access unit; 0 where each tells its own. */
  readonly frameBytes: number;
  /** Bits of other data behind the access units of an element. */
  readonly otherBits: number;
}

const MAX_OTHER_BITS = 0xffff;
/** A program config element with a comment, and some room. */
const MAX_CONFIG_BITS = 8 * 160;
/** From the frame length type to the last flag. */
const TAIL_BITS = 3 + 8 + 2;
const VARIABLE_LENGTH = 0;
const FIXED_LENGTH = 1;
/** Added to the coded frame length, ISO/IEC 14496-3 1.7.3.2.3. */
const FIXED_LENGTH_OFFSET = 20;

/** The StreamMuxConfig of an SDP. Throws MalformedError. */
export function parseStreamMux(config: Buffer): StreamMux {
  return readStreamMux(new BitReader(config));
}

/** Throws MalformedError for several programs or layers, scalable and speech codecs too. */
export function readStreamMux(bits: BitReader): StreamMux {
  const version = bits.bits(1);
  if (version === 1 && bits.bits(1) === 1)
    throw new MalformedError('LATM of a reserved version', bits.offset);
  if (version === 1) readValue(bits);
  bits.skip(1);
  const subFrames = bits.bits(6) + 1;
  if (bits.bits(4) > 0 || bits.bits(3) > 0) throw new MalformedError('several programs in LATM', bits.offset);
  const record = version === 0 ? readConfig(bits) : takeBits(bits, readValue(bits));
  // GStreamer's SDP ends with the AudioSpecificConfig.
  if (bits.bitsLeft < TAIL_BITS) return { record, subFrames, frameBytes: 0, otherBits: 0 };
  const lengthType = bits.bits(3);
  if (lengthType !== VARIABLE_LENGTH && lengthType !== FIXED_LENGTH)
    throw new MalformedError(`LATM frame length type ${lengthType}`, bits.offset);
  const frameBytes = lengthType === FIXED_LENGTH ? bits.bits(9) + FIXED_LENGTH_OFFSET : 0;
  if (lengthType === VARIABLE_LENGTH) bits.skip(8);
  const otherBits = bits.flag() ? readOther(bits, version) : 0;
  if (bits.flag()) bits.skip(8);
  return { record, subFrames, frameBytes, otherBits };
}

/** The AudioSpecificConfig at a bit, its length being what it needs. */
function readConfig(bits: BitReader): Buffer {
  // It is read where it begins on a byte, and then passed over where it lies.
  const rest = takeBits(bits.fork(), Math.min(bits.bitsLeft, MAX_CONFIG_BITS));
  const aligned = new BitReader(rest);
  readAudioConfig(aligned);
  return takeBits(bits, rest.length * 8 - aligned.bitsLeft);
}

/** LatmGetValue, ISO/IEC 14496-3 table 1.43. */
function readValue(bits: BitReader): number {
  const bytes = bits.bits(2) + 1;
  return bits.bits(8 * bytes);
}

function readOther(bits: BitReader, version: number): number {
  let length = 0;
  if (version === 1) length = readValue(bits);
  else {
    let more = true;
    while (more && length <= MAX_OTHER_BITS) {
      more = bits.flag();
      length = length * 256 + bits.bits(8);
    }
  }
  if (length > MAX_OTHER_BITS) throw new MalformedError(`${length} bits of other data in LATM`, bits.offset);
  return length;
}

function takeBits(bits: BitReader, count: number): Buffer {
  if (count > bits.bitsLeft) throw new MalformedError('data ends too early', bits.offset);
  const out = new BitWriter();
  for (let left = count; left > 0; left -= 8) {
    const size = Math.min(8, left);
    out.bits(size, bits.bits(size));
  }
  return out.finish();
}

/** The StreamMuxConfig of a track whose every element is one access unit that tells its length. */
export function formatStreamMux(record: Buffer): Buffer {
  const config = new BitReader(record);
  readAudioConfig(config);
  const length = record.length * 8 - config.bitsLeft;
  const source = new BitReader(record);
  const out = new BitWriter().bits(1, 0).bits(1, 1).bits(6, 0).bits(4, 0).bits(3, 0);
  for (let i = 0; i < length; i++) out.bits(1, source.bits(1));
  return out.bits(3, VARIABLE_LENGTH).bits(8, 0xff).bits(2, 0).finish();
}
