/**
 * The pixel process. It will hold decoding, JPEG, blur and detectors, and will be the only room that knows
 * FFmpeg; it may know `media` and `contract`. Nothing of it exists yet, so its door opens onto nothing.
 */
export {};
