export { stampFragment } from './fragment.ts';
export { initSegment } from './init.ts';
export { type AccessPoint, MFRO_BYTES, mfraSize, readMfra, type TrackIndex, writeMfra } from './mfra.ts';
export { PRFT_BYTES, type ProducerReferenceTime, readPrft, writePrft } from './prft.ts';
