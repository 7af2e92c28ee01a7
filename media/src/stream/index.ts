export { type Clock, systemClock } from './clock.ts';
export { FRAME_HEADROOM, Frame } from './frame.ts';
export { MediaStream, type Reader, type Stamp } from './media-stream.ts';
export { Slab, SlabPool } from './slab.ts';
export type { Track } from './track.ts';
