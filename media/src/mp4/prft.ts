import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { readUInt64 } from './box.ts';

/** Which moment of wall-clock time belongs to which media time (ISO/IEC 14496-12 8.16.5). */
export interface ProducerReferenceTime {
  readonly trackId: number;
  /** UTC in milliseconds, kept to the microsecond. */
  readonly utc: number;
  /** Ticks of the track's timescale. */
  readonly mediaTime: number;
}

/** Bytes of the box as written here. */
export const PRFT_BYTES = 32;

const TWO_32 = 2 ** 32;
/** Seconds from 1900 to 1970, and of an NTP era (RFC 5905 6). */
const NTP_TO_UNIX = 2_208_988_800;
/** The wall clock is that of the media's arrival, steadily related to it. */
const FLAGS_CONSISTENT = 8;

/** A version 1 `prft` box, to stand right before the `moof` it speaks of. */
export function writePrft({ trackId, utc, mediaTime }: ProducerReferenceTime): Buffer {
  const microseconds = Math.round(utc * 1000);
  const seconds = Math.floor(microseconds / 1e6);
  const fraction = Math.round(((microseconds - seconds * 1e6) / 1e6) * TWO_32);
  const out = new ByteWriter(PRFT_BYTES);
  out.fullBox('prft', 1, FLAGS_CONSISTENT, () => {
    out.u32(trackId);
    out.u32((seconds + NTP_TO_UNIX) % TWO_32).u32(fraction);
    out.u64(mediaTime);
  });
  return out.finish();
}

/**
 * Reads a whole `prft` box, version 0 or 1. NTP seconds below 2^31 belong to the era after 2036 (RFC 4330 3).
 * Throws MalformedError.
 */
export function readPrft(box: Buffer): ProducerReferenceTime {
  const version = box.length >= 12 ? box[8]! : -1;
  if (box.length < (version === 0 ? 28 : PRFT_BYTES) || version < 0 || version > 1) {
    throw new MalformedError(`prft of version ${version} and ${box.length} bytes`, 0);
  }
  const ntp = box.readUInt32BE(16);
  const seconds = (ntp < TWO_32 / 2 ? ntp + TWO_32 : ntp) - NTP_TO_UNIX;
  const microseconds = Math.round((box.readUInt32BE(20) / TWO_32) * 1e6);
  const mediaTime = version === 0 ? box.readUInt32BE(24) : readUInt64(box, 24);
  return { trackId: box.readUInt32BE(12), utc: (seconds * 1e6 + microseconds) / 1000, mediaTime };
}
