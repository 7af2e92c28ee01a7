export { type Clock, systemClock } from './clock.ts';
export { DecodeOrder } from './decode-order.ts';
export { FRAME_HEADROOM, Frame } from './frame.ts';
export { FrameTooLargeError, FrameWriter, type FrameWriterOptions } from './frame-writer.ts';
export { type Stowage, StowageLostError, type StowedFrame } from './gop-cache.ts';
export { InTurn } from './in-turn.ts';
export { MediaStream, type Reader, type Restore, type Stamp } from './media-stream.ts';
export { FrameRanges } from './ranges.ts';
export { Slab, SlabPool } from './slab.ts';
export {
  SLOW_READER_LIMITS,
  SlowReader,
  type SlowReaderLimits,
  type SlowReaderVerdict,
} from './slow-reader.ts';
export type { Track } from './track.ts';
