export { BucketPlace } from './bucket-place.ts';
export { MoveError } from './messages.ts';
export { Mover } from './mover.ts';
export type { Item } from './place.ts';
