import type { AudioFormat, Format, VideoFormat } from './codec.ts';

/** Whether a decoder that was made for one of them takes the other. */
export function sameFormat(a: Format, b: Format): boolean {
  return a.codec === b.codec && a.record.equals(b.record) && sizesOf(a) === sizesOf(b);
}

/** What a record may leave out: codecs that need none change all the same. */
function sizesOf(format: Format): string {
  const { width, height } = format as Partial<VideoFormat>;
  const { sampleRate, channels } = format as Partial<AudioFormat>;
  return [width, height, sampleRate, channels].join(' ');
}
