export type { Rung } from './ladder.ts';
export type { LowerRendition } from './lower-rendition.ts';
export { type LowerRenditions, openLower } from './lower-renditions.ts';
