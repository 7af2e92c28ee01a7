export { forkVision } from './child.ts';
export { Containers } from './container.ts';
export { describe } from './feed.ts';
export { type CodedPicture, type MadePicture, type PicturesWish, Vision, type Wish } from './vision.ts';
export { VisionError } from './vision-error.ts';
