export { DistantFootage } from './distant/index.ts';
export { Playback } from './playback.ts';
export type { RecordedFrames } from './recorded-frames.ts';
export { PlaybackRefusal } from './refusal.ts';
export { MAX_REWIND, type Rewind } from './rewind/index.ts';
export { type FootageHandle, type FootageStore, fileStore } from './store.ts';
export { instant } from './time-range.ts';
