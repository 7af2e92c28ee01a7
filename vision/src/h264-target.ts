/** How covered pictures are coded: no frame is held back, and covered places cost little anyway. */
export const H264_QUALITY = { preset: 'ultrafast', tune: 'zerolatency', crf: '24' } as const;

/** Seconds between key frames: what a new viewer waits for at most. */
export const KEY_SECONDS = 2;
