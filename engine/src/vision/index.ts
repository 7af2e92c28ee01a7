export { forkVision } from './child.ts';
export { describe } from './feed.ts';
export type { Still } from './stills.ts';
export { type MadePicture, type PicturesWish, Vision, type VisionFacts, type Wish } from './vision.ts';
export { VisionError, type VisionFault } from './vision-error.ts';
