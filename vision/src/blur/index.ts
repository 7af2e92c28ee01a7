export { Blurrer } from './blurrer.ts';
export { type Picture420, packedPicture } from './planes.ts';
