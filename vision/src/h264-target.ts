/** How pictures are coded: no frame is held back. `level`: x264's quantizer, 0 (nothing lost) to 51. */
export const H264_QUALITY = { preset: 'ultrafast', tune: 'zerolatency', level: '24' } as const;

/** Seconds between key frames: what a new viewer waits for at most. */
export const KEY_SECONDS = 2;

/** The quality stays, up to so many bit/s over one second. */
export const rateLimit = (bitrate: number): { maxrate: string; bufsize: string } => ({
  maxrate: String(bitrate),
  bufsize: String(bitrate),
});

/**
 * What x264 is told of quality, in FFmpeg's words. Where no rate is to be kept its quantizer is, and key frames are
 * hardly finer than what follows: to find one for each picture it would look at it all in half its size. Colour, which is
 * seen less sharply, is coded two steps more coarsely.
 */
export function x264Quality(bitrate: number | undefined): Record<string, string> {
  const { preset, tune, level } = H264_QUALITY;
  const quality =
    bitrate === undefined
      ? { qp: level, i_qfactor: '0.9', chromaoffset: '2' }
      : { crf: level, ...rateLimit(bitrate) };
  return { preset, tune, ...quality };
}
