import { MalformedError } from '../bytes/index.ts';
import type { Codec, Format, VideoFormat } from './codec.ts';

const CLOCK_RATE = 90_000;
const MAX_SIDE = 0xffff;
const NO_RECORD = Buffer.alloc(0);

/**
 * Motion JPEG: RFC 2435 on the wire; in MP4 `mp4v` with objectTypeIndication 0x6C and no decoder configuration,
 * which ffmpeg and VLC read. Every frame is a whole JFIF picture; no browser plays them in MP4.
 */
export const mjpeg: Codec = {
  name: 'mjpeg',
  kind: 'video',
  mp4: { sampleEntry: 'mp4v', recordBox: 'esds', objectType: 0x6c },
  browser: false,
  rtp: { encodingName: 'JPEG', payloadType: 26 },
  formatFromRecord: (_record, entry) => mjpegFormat(entry?.width ?? 0, entry?.height ?? 0),
  formatFromSdp: () => undefined,
  fmtp: () => '',
};

/** Narrows a format to Motion JPEG. */
export function isMjpeg(format: Format): format is VideoFormat {
  return format.codec === mjpeg;
}

/** Pictures of a size in pixels. MalformedError for one that JPEG cannot have. */
export function mjpegFormat(width: number, height: number): VideoFormat {
  for (const side of [width, height]) {
    if (side < 1 || side > MAX_SIDE) throw new MalformedError(`JPEG of ${width} x ${height} pixels`, 0);
  }
  return { codec: mjpeg, clockRate: CLOCK_RATE, codecString: 'mp4v.6C', record: NO_RECORD, width, height };
}
