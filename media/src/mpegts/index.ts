export { TsReader, type TsSink } from './reader.ts';
export type { TsStream } from './sections.ts';
export { type TsSample, type TsTracks, tsSegment } from './segment.ts';
