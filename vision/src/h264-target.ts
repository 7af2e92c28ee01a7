/** How pictures are coded: no frame is held back; covered places cost little anyway. */
export const H264_QUALITY = { preset: 'ultrafast', tune: 'zerolatency', crf: '24' } as const;

/** Seconds between key frames: what a new viewer waits for at most. */
export const KEY_SECONDS = 2;

/** The quality stays, up to so many bit/s over one second. */
export const rateLimit = (bitrate: number): { maxrate: string; bufsize: string } => ({
  maxrate: String(bitrate),
  bufsize: String(bitrate),
});
