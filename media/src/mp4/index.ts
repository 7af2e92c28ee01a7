export {
  type FragmentHead,
  fragmentHead,
  fragmentSize,
  rebaseFragment,
  restoreFragment,
  stampFragment,
} from './fragment.ts';
export { type Fragment, readFragments } from './fragments.ts';
export { hideTracks } from './hide.ts';
export { type InitOptions, initSegment } from './init.ts';
export { type AccessPoint, type TrackIndex, writeMfra } from './mfra.ts';
export type { Run, Sample } from './moof.ts';
export type { Mp4Track } from './moov.ts';
export { type MovieChunk, type MovieSample, type MovieTrackTables, movieHead } from './movie.ts';
export { PRFT_BYTES, type ProducerReferenceTime, readPrft, writePrft } from './prft.ts';
export { type Mp4File, openMp4 } from './reader.ts';
export { type Mp4Scan, scanMp4, type TrackSpan } from './scan.ts';
export type { RandomAccess } from './window.ts';
