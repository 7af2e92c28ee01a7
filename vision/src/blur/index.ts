export { Blurrer } from './blurrer.ts';
export { packedPicture } from './planes.ts';
