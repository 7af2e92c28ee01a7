export { type TsSample, type TsTracks, tsSegment } from './segment.ts';
