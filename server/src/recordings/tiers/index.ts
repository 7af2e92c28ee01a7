export { checkPlaces, inBuckets } from './in-buckets.ts';
export { Mover } from './mover/index.ts';
export { Tiers } from './tiers.ts';
