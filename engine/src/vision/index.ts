export { forkVision } from './child.ts';
export { Containers } from './container.ts';
export { describe } from './feed.ts';
export { Vision } from './vision.ts';
export { VisionError } from './vision-error.ts';
export type { CodedPicture, MadePicture, PicturesWish, Wish } from './wish.ts';
