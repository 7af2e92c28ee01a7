import { ByteWriter, MalformedError } from '../bytes/index.ts';
import type { AudioFormat, Codec, Format, SdpFacts } from './codec.ts';

/** Opus counts time at 48 kHz whatever was encoded (RFC 7587 4.1). */
const CLOCK_RATE = 48_000;
const FRAME_SAMPLES = 960;
const DOPS_BYTES = 11;

/** Opus: RFC 7587 on the wire, `Opus` with `dOps` in MP4. Mono and stereo. */
export const opus: Codec = {
  name: 'opus',
  kind: 'audio',
  mp4: { sampleEntry: 'Opus', recordBox: 'dOps' },
  browser: true,
  rtp: { encodingName: 'opus', payloadType: 99, channels: 2 },
  flv: { fourCc: 'Opus' },
  formatFromRecord,
  formatFromSdp,
  fmtp,
};

/** Narrows a format to Opus. */
export function isOpus(format: Format): format is AudioFormat {
  return format.codec === opus;
}

/**
 * Opus of 1 or 2 channels that begins in the middle of a stream: no samples at its start are to be skipped.
 * RangeError for other channel counts.
 */
export function opusFormat(channels: number): AudioFormat {
  if (channels !== 1 && channels !== 2) throw new RangeError(`Opus of ${channels} channels`);
  // OpusSpecificBox: version, channels, pre-skip, original rate, gain, mapping family (RFC 7845 5.1.1).
  const record = new ByteWriter();
  record.u8(0).u8(channels).u16(0).u32(CLOCK_RATE).u16(0).u8(0);
  return describe(record.finish(), channels);
}

function describe(record: Buffer, channels: number): AudioFormat {
  return {
    codec: opus,
    clockRate: CLOCK_RATE,
    codecString: 'opus',
    record,
    sampleRate: CLOCK_RATE,
    channels,
    frameSamples: FRAME_SAMPLES,
  };
}

function formatFromRecord(record: Buffer): AudioFormat {
  const channels = record[1] ?? 0;
  if (record.length < DOPS_BYTES || record[0] !== 0) throw new MalformedError('not a dOps record', 0);
  // RFC 7845 5.1.1: family 0 is mono and stereo, the others name their channels in a table of our no concern.
  if (channels === 0 || (record[10] === 0 && channels > 2))
    throw new MalformedError(`Opus of ${channels} channels`, 1);
  return describe(Buffer.from(record), channels);
}

/**
 * RFC 7587 7: the rtpmap must say 48000/2 whatever the sound is, and sprop-stereo tells. Cameras that say 1
 * there are taken at their word (quirk 52).
 */
function formatFromSdp(media: SdpFacts): AudioFormat | undefined {
  if (media.channels !== 1 && media.channels !== 2) return undefined;
  return opusFormat(media.fmtp.get('sprop-stereo') === '0' ? 1 : media.channels);
}

function fmtp(format: Format): string {
  if (!isOpus(format)) throw new TypeError(`${format.codecString} is not Opus`);
  return `sprop-stereo=${format.channels > 1 ? 1 : 0}`;
}

/** Samples at 48 kHz of the Opus packet `[start, end)` by its first bytes (RFC 6716 3.1); 0 when it is none. */
export function opusSamples(b: Buffer, start: number, end: number): number {
  if (start >= end) return 0;
  const toc = b[start]!;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : start + 1 < end ? b[start + 1]! & 63 : 0;
  const samples = frames * frameSamples(toc >> 3);
  return samples > 5760 ? 0 : samples;
}

/** Samples of one frame of a configuration, RFC 6716 table 2. */
function frameSamples(config: number): number {
  if (config >= 16) return 120 << (config & 3);
  if (config >= 12) return 480 << (config & 1);
  return (config & 3) === 3 ? 2880 : 480 << (config & 3);
}
